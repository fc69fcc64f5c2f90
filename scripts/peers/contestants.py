"""Processes that train on request, all on the same core, and the table of their times."""

import os
import shutil
import statistics
import subprocess
import sys


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
        """Microseconds of a step of one member."""
        print(seconds, file=self.process.stdin, flush=True)
        steps, taken = self.answer().split()
        return 1e6 * float(taken) / int(steps)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def compare(potline, entries, rounds, seconds):
    """Prints the table of Potline's command and the entries (name, command), a block of Potline right before each block of a
    peer: a disturbance of the machine slows both."""
    core = max(os.sched_getaffinity(0))
    potline = Contestant("Potline", potline, core)
    peers = [Contestant(name, command, core) for name, command in entries]
    for contestant in [potline] + peers:
        if contestant.answer() != "ready":
            sys.exit(f"compare-peers: {contestant.name} didn't become ready")
    own = [[] for _ in peers]
    times = [[] for _ in peers]
    for _ in range(rounds):
        for k, peer in enumerate(peers):
            own[k].append(potline.microseconds(seconds))
            times[k].append(peer.microseconds(seconds))
    for contestant in [potline] + peers:
        contestant.close()

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
