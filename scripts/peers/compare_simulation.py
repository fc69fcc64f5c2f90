"""One training step on simulations over a horizon in Potline, PyTorch and JAX, alternately, all on the same core."""

import argparse
import sys
from pathlib import Path

from contestants import compare
from simulation_problem import PROBLEMS

HERE = Path(__file__).parent


def main():
    parser = argparse.ArgumentParser(prog="scripts/compare-peers simulation", description=__doc__)
    parser.add_argument("--potline", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=10, help="rounds of all contestants (default: 10)")
    parser.add_argument("--seconds", type=float, default=0.3, help="least seconds of a block (default: 0.3)")
    parser.add_argument("--windows", type=int, nargs="+", default=[128, 32], help="windows of a step (default: 128 32)")
    options = parser.parse_args()
    if min(options.rounds, *options.windows) < 1 or options.seconds <= 0:
        parser.error("--rounds, --windows and --seconds must be positive")
    for key, problem in PROBLEMS.items():
        for windows in options.windows:
            arguments = [key, str(windows)]
            entries = [
                ("PyTorch, module by module", "modules"),
                ("PyTorch, 10 members in one bmm", "bmm"),
                ("JAX, jit+vmap+scan over 10 members", "jax"),
            ]
            scripts = {"modules": ["torch_simulation.py", "modules"], "bmm": ["torch_simulation.py", "bmm"], "jax": ["jax_simulation.py"]}
            commands = [
                (name, [sys.executable, str(HERE / scripts[kind][0])] + scripts[kind][1:] + arguments) for name, kind in entries
            ]
            widths = "-".join(map(str, problem.widths))
            print(
                f"One training step of {widths}, {problem.lags} lags, horizon {problem.horizon}, {windows} windows, l1, Adam; "
                f"one core; {options.rounds} rounds"
            )
            compare([options.potline, "bench-process", "simulate"] + arguments, commands, options.rounds, options.seconds)
            print(flush=True)


if __name__ == "__main__":
    main()
