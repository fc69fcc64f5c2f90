"""One training step in Potline, PyTorch and JAX, alternately, all on the same core."""

import argparse
import sys
from pathlib import Path

from contestants import compare

HERE = Path(__file__).parent


def main():
    parser = argparse.ArgumentParser(prog="scripts/compare-peers step", description=__doc__)
    parser.add_argument("--potline", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=20, help="rounds of all contestants (default: 20)")
    parser.add_argument("--seconds", type=float, default=0.3, help="seconds of a block (default: 0.3)")
    parser.add_argument("--dataloader", action="store_true", help="also PyTorch with its DataLoader (default: off)")
    options = parser.parse_args()
    if options.rounds < 1 or options.seconds <= 0:
        parser.error("--rounds and --seconds must be positive")

    python = [sys.executable]
    entries = [
        ("PyTorch, module by module", python + [str(HERE / "torch_modules.py")]),
        ("PyTorch, 10 members in one bmm", python + [str(HERE / "torch_bmm.py")]),
        ("JAX, jit+vmap+scan over 10 members", python + [str(HERE / "jax_vmap.py")]),
    ]
    if options.dataloader:
        entries.insert(1, ("PyTorch, with its DataLoader", python + [str(HERE / "torch_modules.py"), "--dataloader"]))
    print(f"One training step of 13-20-20-20-20-8, batch 128, l1, Adam; one core; {options.rounds} rounds")
    compare([options.potline, "bench-process", "train"], entries, options.rounds, options.seconds)


if __name__ == "__main__":
    main()
