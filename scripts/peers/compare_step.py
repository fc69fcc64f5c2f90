"""One training step in Potline, PyTorch and JAX, alternately, all on the same core."""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


class Contestant:
    """A process that trains on request."""

    def __init__(self, name, command, core):
        pin = ["taskset", "-c", str(core)] if shutil.which("taskset") else []
        threads = dict.fromkeys(["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"], "1")
        self.name = name
        self.process = subprocess.Popen(
            pin + command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | threads
        )

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"compare-peers: {self.name} ended before it answered (see above)")
        return line.strip()

    def microseconds(self, seconds):
        """Seconds of a step of one member."""
        print(seconds, file=self.process.stdin, flush=True)
        steps, taken = self.answer().split()
        return 1e6 * float(taken) / int(steps)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


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
    core = max(os.sched_getaffinity(0))
    potline = Contestant("Potline", [options.potline, "bench-process", "train"], core)
    peers = [Contestant(name, command, core) for name, command in entries]
    for contestant in [potline] + peers:
        if contestant.answer() != "ready":
            sys.exit(f"compare-peers: {contestant.name} didn't become ready")

    # A block of Potline right before each block of a peer: a disturbance of the machine slows both.
    own = [[] for _ in peers]
    times = [[] for _ in peers]
    for _ in range(options.rounds):
        for k, peer in enumerate(peers):
            own[k].append(potline.microseconds(options.seconds))
            times[k].append(peer.microseconds(options.seconds))
    for contestant in [potline] + peers:
        contestant.close()

    print(f"One training step of 13-20-20-20-20-8, batch 128, l1, Adam; one core; {options.rounds} rounds")
    print(f"{'':36} {'µs a member':>12} {'best':>8} {'x Potline':>10} {'range (5-95 %)':>16}")
    everything = [value for values in own for value in values]
    print(f"{'Potline':36} {statistics.median(everything):12.1f} {min(everything):8.1f} {1:10.1f}")
    for k, peer in enumerate(peers):
        ratios = sorted(t / o for t, o in zip(times[k], own[k]))
        low, high = ratios[int(0.05 * len(ratios))], ratios[int(0.95 * len(ratios))]
        print(
            f"{peer.name:36} {statistics.median(times[k]):12.1f} {min(times[k]):8.1f} "
            f"{statistics.median(ratios):10.1f} {f'{low:.1f} - {high:.1f}':>16}"
        )


if __name__ == "__main__":
    main()
