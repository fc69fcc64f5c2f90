"""Empty jobs through Potline, Dask distributed and ipyparallel, alternately, on the same cores."""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


class Contestant:
    """A queue in another process that runs empty jobs on request."""

    def __init__(self, name, jobs, command):
        self.name = name
        self.jobs = jobs
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ)

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"compare-peers: {self.name} ended before it answered (see above)")
        return line.strip()

    def jobs_per_second(self):
        print(self.jobs, file=self.process.stdin, flush=True)
        jobs, taken = self.answer().split()
        return int(jobs) / float(taken)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    parser = argparse.ArgumentParser(prog="scripts/compare-peers queue", description=__doc__)
    parser.add_argument("--potline", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of all contestants (default: 5)")
    parser.add_argument("--jobs", type=int, default=5000, help="Potline's jobs in a round (default: 5000)")
    parser.add_argument("--peer-jobs", type=int, default=2000, help="a peer's jobs in a round (default: 2000)")
    parser.add_argument(
        "--workers", type=int, default=32,
        help="Potline's workers and Dask's threads, in one process (default: 32); ipyparallel has two engines",
    )
    options = parser.parse_args()
    if min(options.rounds, options.jobs, options.peer_jobs, options.workers) < 1:
        parser.error("--rounds, --jobs, --peer-jobs and --workers must be positive")

    python = [sys.executable, str(HERE / "queue_peer.py")]
    with tempfile.TemporaryDirectory(prefix="compare-peers-") as folder:
        potline = Contestant(
            "Potline", options.jobs, [options.potline, "bench-process", "queue-jobs", str(options.workers), folder])
        entries = [
            ("Dask distributed", ["dask", str(options.workers)]),
            ("Dask distributed, 2 threads", ["dask", "2"]),
            ("ipyparallel", ["ipyparallel", "2"]),
        ]
        peers = [Contestant(name, options.peer_jobs, python + arguments) for name, arguments in entries]
        for contestant in [potline] + peers:
            if contestant.answer() != "ready":
                sys.exit(f"compare-peers: {contestant.name} didn't become ready")

        # Potline right before each peer: a disturbance of the machine slows both.
        own = [[] for _ in peers]
        theirs = [[] for _ in peers]
        for _ in range(options.rounds):
            for k, peer in enumerate(peers):
                own[k].append(potline.jobs_per_second())
                theirs[k].append(peer.jobs_per_second())
        for contestant in [potline] + peers:
            contestant.close()

    print(f"Empty jobs a second, from the first submission to the last result; {options.rounds} rounds, 2 cores" if
          os.cpu_count() == 2 else
          f"Empty jobs a second, from the first submission to the last result; {options.rounds} rounds")
    print(f"{'':30} {'jobs/s':>10} {'best':>10} {'Potline is':>12} {'range':>18}")
    everything = [value for values in own for value in values]
    print(f"{'Potline (journal on the disk)':30} {statistics.median(everything):10.0f} {max(everything):10.0f}")
    for k, peer in enumerate(peers):
        ratios = sorted(o / t for o, t in zip(own[k], theirs[k]))
        print(
            f"{peer.name:30} {statistics.median(theirs[k]):10.0f} {max(theirs[k]):10.0f} "
            f"{statistics.median(ratios):10.1f} x {f'{ratios[0]:.1f} - {ratios[-1]:.1f} x':>18}"
        )


if __name__ == "__main__":
    main()
