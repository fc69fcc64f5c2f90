"""Public records in Potline and jax-sysid on one core: seconds of a network's training, and its errors in free run.

Potline trains the dense and the sparse networks of its bundled study, a member after the other; its time is that of the whole
program, start and forecasts included, a member. jax-sysid (Adam, then L-BFGS-B) is run with several numbers of iterations.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
# jax-sysid's states, units, ridge and iterations, Potline's variants, and the windows of the records.
RECORDS = {
    "silverbox": dict(
        study="silverbox-benchmark", unit="mV", factor=1000, states=2, units=10, ridge=1e-6,
        iterations=[500, 2000, 5000],
        variants=["dense", "obs-30"], tests=[(0, 1), (1, 1), (1, 0)],
    ),
    "tanks": dict(
        study="cascaded-tanks-benchmark", unit="V", factor=1, states=3, units=10, ridge=1e-3,
        iterations=[200, 1000, 3000],
        variants=["one-dense", "one-40"], tests=[(0, 0)],
    ),
}


def pinned(command):
    """The command on one core."""
    return (["taskset", "-c", str(max(os.sched_getaffinity(0)))] if shutil.which("taskset") else []) + command


def study(potline, record, data, variant, members):
    """The bundled study's text with one variant, so many members, and no blocks."""
    text = subprocess.run(
        [potline, "study", "show", record["study"], "--resolved", "--data", data], check=True, capture_output=True, text=True
    ).stdout
    head, rest = text.split("variants:\n", 1)
    variants, tail = rest.split("\nforecast:", 1)
    blocks = variants.split("  - name: ")[1:]
    kept = [block for block in blocks if block.split("\n", 1)[0] == variant]
    lines = ("  - name: " + kept[0]).split("\n")
    without, skips = [], False
    for line in lines:
        if line.strip() == "validation:":
            skips = True
        elif skips and line.startswith("      "):
            continue
        else:
            skips = False
            without.append(f"    members: {members}" if line.strip().startswith("members:") else line)
    head = "\n".join(line for line in head.split("\n") if not line.startswith("choice:"))
    return head + "variants:\n" + "\n".join(without) + "\nforecast:" + tail


def potline_times(potline, record, data, members):
    for variant in record["variants"]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "study.yaml"
            path.write_text(study(potline, record, data, variant, members))
            start = time.perf_counter()
            command = [potline, "run", str(path), "-o", folder + "/results", "--processes", "1", "--quiet"]
            subprocess.run(pinned(command), check=True, stdout=subprocess.DEVNULL)
            taken = (time.perf_counter() - start) / members
            ensemble = json.loads((Path(folder) / "results" / "ensembles.json").read_text())["variants"][0]
        errors = [ensemble["byTrajectory"][trajectory][window][0] for trajectory, window in record["tests"]]
        cells = [" / ".join(f"{record['factor'] * error['byMember'][key]:.3f}" for error in errors) for key in ("median", "worst")]
        together = " / ".join(f"{record['factor'] * error['median']:.3f}" for error in errors)
        print(f"{'Potline, ' + variant:34} {taken:9.2f}   {cells[0]:24} {cells[1]:24} {together}", flush=True)


def sysid_times(name, record, data, seeds):
    script = [sys.executable, str(HERE / "sysid_records.py"), name, data]
    script += [str(record[key]) for key in ("states", "units", "ridge")] + [str(seeds)] + [str(n) for n in record["iterations"]]
    lines = subprocess.run(pinned(script), check=True, capture_output=True, text=True).stdout.split("\n")
    runs = [line.split() for line in lines if line]
    for iterations in record["iterations"]:
        own = [[float(value) for value in run[2:]] for run in runs if int(run[1]) == iterations]
        medians = [statistics.median(values) for values in zip(*own)]
        worst = [max(values) for values in zip(*own)]
        cells = [" / ".join(f"{error:.3f}" for error in errors[1:]) for errors in (medians, worst)]
        print(f"{f'jax-sysid, {iterations} iterations':34} {medians[0]:9.2f}   {cells[0]:24} {cells[1]}", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="scripts/compare-peers records", description=__doc__)
    parser.add_argument("--potline", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--silverbox", metavar="FILE", help="the Silverbox benchmark's table (columns V1, V2)")
    parser.add_argument("--tanks", metavar="FILE", help="the Cascaded Tanks benchmark's table (uEst, uVal, yEst, yVal)")
    parser.add_argument("--seeds", type=int, default=10, help="networks of each kind (default: 10)")
    options = parser.parse_args()
    if options.seeds < 2 or not (options.silverbox or options.tanks):
        parser.error("give --silverbox FILE, --tanks FILE or both; --seeds must be at least 2")
    for name, record in RECORDS.items():
        data = getattr(options, name)
        if not data:
            continue
        print(f"{name}: {options.seeds} networks of each kind, one core; errors in {record['unit']}")
        print(f"{'':34} {'s each':>9}   {'median':24} {'worst':24} median of forecasts")
        potline_times(options.potline, record, str(Path(data).resolve()), options.seeds)
        sysid_times(name, record, data, options.seeds)
        print(flush=True)


if __name__ == "__main__":
    main()
