"""One iteration of Levenberg-Marquardt in Potline, JAX and PyTorch, in double precision, alternately, all on the same core."""

import argparse
import sys
from pathlib import Path

from contestants import compare
from finish_problem import PROBLEMS

HERE = Path(__file__).parent


def main():
    parser = argparse.ArgumentParser(prog="scripts/compare-peers finish", description=__doc__)
    parser.add_argument("--potline", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of all contestants (default: 5)")
    parser.add_argument("--seconds", type=float, default=0.3, help="least seconds of a block (default: 0.3)")
    options = parser.parse_args()
    if options.rounds < 1 or options.seconds <= 0:
        parser.error("--rounds and --seconds must be positive")
    for key, problem in PROBLEMS.items():
        commands = [
            (name, [sys.executable, str(HERE / script), key])
            for name, script in [("JAX, jacfwd, scan, jit", "jax_finish.py"), ("PyTorch, jvp, vmap", "torch_finish.py")]
        ]
        print(
            f"One iteration of Levenberg-Marquardt: {problem.windows} x {problem.steps} steps, {problem.free} free parameters; one "
            f"core; {options.rounds} rounds"
        )
        compare([options.potline, "bench-process", "finish", key], commands, options.rounds, options.seconds)
        print(flush=True)


if __name__ == "__main__":
    main()
