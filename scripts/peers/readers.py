"""The Python half of scripts/compare-readers: program table-dump, then files."""

import os
import subprocess
import sys
import tempfile
import time

import numpy as np
import pandas as pd

program, files = sys.argv[1], sys.argv[2:]
separators = {"commas": ",", "semicolons": ";", "tabs": "\t", "blanks": r"\s+"}
repeats = 5


def potline(file, output, count=1):
    result = subprocess.run([program, file, output, str(count)], capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(result.stdout.strip())
    lines = result.stdout.splitlines()
    columns = [int(number) for number in lines[1].split("\t")[1].split(",")]
    return lines[0], columns, int(lines[2].split("\t")[1]), float(lines[3].split("\t")[1])


def pandas(file, summary, **options):
    encoding = summary.split(", ")[2 if "thousands" not in summary else 3].lower()
    skipped = [part for part in summary.split(", ") if part.endswith("skipped")]
    return pd.read_csv(
        file,
        sep=separators[summary.split(",")[0].split()[-1]],
        decimal="," if "decimal comma" in summary else ".",
        header=None if "no header" in summary else 0,
        skiprows=int(skipped[0].split()[0]) if skipped else 0,
        encoding="latin-1" if encoding == "latin-1" else "utf-16" if encoding == "utf-16" else "utf-8-sig",
        **options,
    )


failures = 0
for file in files:
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, "values")
        summary, columns, rows, _ = potline(file, output)
        ours = np.fromfile(output).reshape(rows, len(columns))
    theirs = pandas(file, summary, float_precision="round_trip").iloc[:, columns].to_numpy(dtype=float)
    same = ours.shape == theirs.shape and np.array_equal(
        np.where(np.isnan(ours), np.nan, ours).view(np.uint64),
        np.where(np.isnan(theirs), np.nan, theirs).view(np.uint64),
    )
    failures += not same
    ratios = []
    for _ in range(repeats):
        # The least of three each, so that a process' first reading isn't compared with a later one.
        theirs = []
        for _ in range(3):
            start = time.process_time()
            pandas(file, summary, engine="c")
            theirs.append(time.process_time() - start)
        ratios.append(min(theirs) / potline(file, "-", 3)[3])
    print(
        f"{file}: {ours.shape[0]} rows, {ours.shape[1]} columns of numbers, "
        f"{'the same bits' if same else 'OTHER VALUES'}, {np.median(ratios):.2f} times as fast as pandas "
        f"({min(ratios):.2f} to {max(ratios):.2f})"
    )
sys.exit(failures > 0)
