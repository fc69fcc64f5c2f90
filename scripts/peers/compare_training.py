"""Whole trainings in Potline and PyTorch on the same data with the same hyper-parameters: wall time, loss curves, and
errors of the rolling forecasts, which must agree within the spread over seeds."""

import argparse
import csv
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch

import forecast_errors
import forecasts
import safetensors
from dataset import Dataset
from problem import BATCH, L1, LEARNING_RATE, WIDTHS
from torch_bmm import BatchedTraining
from torch_modules import ModuleTraining

STUDY = """
name: peers
members: {members}
dataset:
  files:
    train: [peers-data/train]
    test: [peers-data/test]
    states: [x1, x2, x3, x4, x5, x6, x7, x8]
    inputs: [u1, u2, u3, u4, u5]
    samplingTime: 10
variants:
  - name: plain
    hidden: {hidden}
    learningRate: {rate}
    epochs: {epochs}
    batchSize: {batch}
    penalty: {{method: subgradient, weight: {l1}}}
    pruneThreshold: 0
"""


def timed(work):
    """The result, and seconds [by the clock, of the processor]; children count once they have ended."""

    def now():
        spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return np.array([time.perf_counter(), sum(s.ru_utime + s.ru_stime for s in spent)])

    start = now()
    result = work()
    return result, now() - start


def note(text):
    print(f"compare-peers: {text}", file=sys.stderr, flush=True)


def simulate(potline, output, options):
    # Otherwise files of an earlier run with more trajectories would be read as well.
    shutil.rmtree(output / "peers-data", ignore_errors=True)
    command = [potline, "simulate", "--output", str(output / "peers-data"), "--trajectories", str(options.trajectories)]
    command += ["--test-trajectories", str(options.test_trajectories), "--quiet"]
    subprocess.run(command, check=True)


def train_potline(potline, output, options):
    """Curves [members, epochs], errors and blow-ups [members, trajectories, windows], and [clock, processor] seconds of
    the whole run."""
    study = STUDY.format(
        members=options.members, hidden=WIDTHS[1:-1], rate=LEARNING_RATE, epochs=options.epochs, batch=BATCH, l1=L1
    )
    (output / "peers.yaml").write_text(study)
    results = output / "peers-run"
    shutil.rmtree(results, ignore_errors=True)
    command = [potline, "run", str(output / "peers.yaml"), "--output", str(results), "--processes", "1", "--quiet"]
    _, seconds = timed(lambda: subprocess.run(command, check=True))
    members = [safetensors.read(path)[0] for path in sorted((results / "members").glob("*.safetensors"))]
    curves = np.stack([m["trainingCurve"] for m in members])
    errors = np.stack([m["forecasts.meanAbsolute"] for m in members])
    blown = np.stack([~(m["forecasts.largest"] <= forecast_errors.BLOW_UP) for m in members])
    return curves, errors, blown, seconds


def train_torch(data, options):
    """The same of PyTorch, all members in one bmm; [clock, processor] seconds of the training and of the
    forecasts."""
    training = BatchedTraining(torch.from_numpy(data.x), torch.from_numpy(data.y), options.members)

    def train():
        curves = np.empty((options.members, options.epochs))
        for epoch in range(options.epochs):
            total = torch.zeros(options.members, dtype=torch.float64)
            for error, count in training.steps():
                total += error * count
            curves[:, epoch] = (total / len(data.x)).numpy()
            if (epoch + 1) % 10 == 0:
                note(f"PyTorch, epoch {epoch + 1} of {options.epochs}")
        return curves

    curves, seconds = timed(train)
    (forecast, truth), forecast_seconds = timed(lambda: forecasts.roll(training, data))
    errors, blown = forecast_errors.errors(forecast, truth, data.input_deviation[: truth.shape[2]])
    return curves, errors, blown, seconds, forecast_seconds


def time_modules(data, options):
    """Seconds of a training module by module, and the number of timed steps."""
    training = ModuleTraining(torch.from_numpy(data.x), torch.from_numpy(data.y))
    steps = -(-len(data.x) // BATCH) * options.epochs
    timed_steps = steps if options.module else min(steps, 2000)

    def train():
        done = 0
        while done < timed_steps:
            for _ in training.steps():
                done += 1
                if done == timed_steps:
                    break

    _, seconds = timed(train)
    return seconds * steps / timed_steps, timed_steps, steps


def agreement(a, b):
    """The distance of two groups' means of the logarithm, in pooled standard deviations over the seeds."""
    a, b = np.log(a), np.log(b)
    spread = ((a.var(ddof=1) + b.var(ddof=1)) / 2) ** 0.5
    return abs(a.mean() - b.mean()) / spread if spread > 0 else float("inf")


def write_csv(path, header, rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def quantiles(values):
    return np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95], method="inverted_cdf")


def report(output, windows, groups, options):
    """Prints both sides of curves and errors, and writes them. `groups`: name -> (curves, errors, blown)."""
    write_csv(
        output / "curves.csv",
        ["program", "member", "epoch", "meanSquaredError"],
        [(name, k, e + 1, v) for name, g in groups.items() for k, curve in enumerate(g[0]) for e, v in enumerate(curve)],
    )
    write_csv(
        output / "errors.csv",
        ["program", "member", "window", "q05", "q25", "q50", "q75", "q95", "blowUps", "forecasts"],
        [
            (name, k, f"{a}-{b}", *quantiles(errors[k, :, w]), int(blown[k, :, w].sum()), errors.shape[1])
            for name, (_, errors, blown) in groups.items()
            for k in range(len(errors))
            for w, (a, b) in enumerate(windows)
        ],
    )
    potline, peer = groups.values()
    lines = []
    epochs = sorted({e for e in (1, 3, 10, 30, options.epochs) if e <= options.epochs})
    for epoch in epochs:
        lines.append((f"loss, epoch {epoch}", potline[0][:, epoch - 1], peer[0][:, epoch - 1], ""))
    for w, (a, b) in enumerate(windows):
        blown = f"{int(potline[2][:, :, w].sum())} / {int(peer[2][:, :, w].sum())}"
        for q, name in ((0.25, "25 %"), (0.5, "median"), (0.75, "75 %")):
            sides = [np.quantile(side[1][:, :, w], q, axis=1, method="inverted_cdf") for side in (potline, peer)]
            lines.append((f"error {a}-{b}, {name}", *sides, blown if q == 0.5 else ""))
    print(f"\n{'':26} {'Potline':>9} {'± seeds':>8} {'PyTorch':>9} {'± seeds':>8} {'apart':>7}  blow-ups")
    apart = []
    for name, own, other, blown in lines:
        distance = agreement(own, other) if len(own) > 1 and np.isfinite([own, other]).all() else float("nan")
        apart.append(distance)
        means = [statistics.geometric_mean(side) for side in (own, other)]
        spreads = [np.std(side, ddof=1) if len(side) > 1 else float("nan") for side in (own, other)]
        print(
            f"{name:26} {means[0]:9.3g} {spreads[0]:8.2g} {means[1]:9.3g} {spreads[1]:8.2g} {distance:7.1f}  {blown}"
        )
    if options.members > 1:
        far = sum(not distance <= 2 for distance in apart)
        print(f"apart: distance of the means in standard deviations over the seeds; {far} of {len(apart)} are above 2")


def main():
    parser = argparse.ArgumentParser(prog="scripts/compare-peers training", description=__doc__)
    parser.add_argument("--potline", required=True, help=argparse.SUPPRESS)
    # With bmm, ten members cost PyTorch hardly more than three, and three say little about the spread.
    parser.add_argument("--members", type=int, default=10, help="networks, each from its own seed (default: 10)")
    parser.add_argument("--epochs", type=int, default=100, help="passes through the samples (default: 100)")
    parser.add_argument("--trajectories", type=int, default=40, help="training trajectories (default: 40)")
    parser.add_argument("--test-trajectories", type=int, default=100, help="trajectories to forecast (default: 100)")
    parser.add_argument(
        "--module", action="store_true", help="train module by module to the end (default: time 2,000 steps of it)"
    )
    parser.add_argument("--output", default="results-peers", help="folder for data and CSV files (default: results-peers)")
    options = parser.parse_args()
    if min(options.members, options.epochs, options.trajectories, options.test_trajectories) < 1:
        parser.error("--members, --epochs, --trajectories and --test-trajectories must be at least 1")
    torch.set_num_threads(1)
    # One core for this process and its children.
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    output = Path(options.output).absolute()
    output.mkdir(parents=True, exist_ok=True)

    note("simulating")
    simulate(options.potline, output, options)
    data = Dataset(output / "peers-data/dataset.safetensors")
    note(f"training {options.members} members in Potline")
    *potline, potline_seconds = train_potline(options.potline, output, options)
    note(f"training {options.members} members in PyTorch, in one bmm")
    *peer, seconds, forecast_seconds = train_torch(data, options)
    note("timing PyTorch module by module")
    module_seconds, timed_steps, steps = time_modules(data, options)

    windows = forecast_errors.windows(len(data.test[0][0]))
    members = options.members
    rows = [
        ("Potline, whole run: reading, training, pruning, forecasts", potline_seconds / members),
        (f"PyTorch, {members} members in one bmm: training", seconds / members),
        (f"PyTorch, {members} members in one bmm: forecasts", forecast_seconds / members),
        (
            "PyTorch, module by module: training" + ("" if timed_steps == steps else f" (from {timed_steps} steps)"),
            module_seconds,
        ),
    ]
    print(f"{len(data.x)} samples, {options.epochs} epochs, {steps} steps; one core; seconds a member")
    print(f"{'':60} {'clock':>8} {'processor':>10} {'x Potline':>10}")
    for name, (clock, processor) in rows:
        print(f"{name:60} {clock:8.1f} {processor:10.1f} {processor / rows[0][1][1]:10.1f}")
    write_csv(
        output / "seconds.csv",
        ["program", "clockSecondsPerMember", "processorSecondsPerMember"],
        [(name, clock, processor) for name, (clock, processor) in rows],
    )
    report(output, windows, {"Potline": potline, "PyTorch": peer}, options)
    print(f"written to {output}: curves.csv, errors.csv, seconds.csv")


if __name__ == "__main__":
    main()
