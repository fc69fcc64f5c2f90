"""Fits PySINDy to the training trajectories of a study's dataset and forecasts its test trajectories as Potline does, for
a path of thresholds below which coefficients become zero."""

import argparse
import json
import os
import time
import warnings
from pathlib import Path

import numpy as np
import pysindy
import pysindy.optimizers

from dataset import Dataset
from forecast_errors import WINDOWS, errors

NAMES = {1: "linear", 2: "quadratic", 3: "cubic"}


def library(z, degree):
    """Monomials of up to that degree of the columns of z [..., 13], the constant first: [..., terms]."""
    columns = [np.ones(z.shape[:-1])]
    level = [(np.ones(z.shape[:-1]), 0)]
    for _ in range(degree):
        level = [(value * z[..., k], k) for value, start in level for k in range(start, z.shape[-1])]
        columns += [value for value, _ in level]
    return np.stack(columns, -1)


def fit(data, degree, threshold):
    """Coefficients [8, terms] by sequentially thresholded least squares on standardised variables."""
    features = library(data.x.astype(np.float64), degree)
    optimizer = pysindy.STLSQ(threshold=threshold, alpha=1e-5, max_iter=20, unbias=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        optimizer.fit(features, data.y.astype(np.float64))
    return optimizer.coef_


def roll(coefficients, degree, data, trajectories):
    """States [1, trajectories, rows, 8] from the first state on with the recorded inputs, and the truth."""
    truth = np.stack([x for x, _ in trajectories])
    inputs = np.stack([u for _, u in trajectories])
    n = truth.shape[2]
    forecast = np.empty((1, *truth.shape))
    forecast[0, :, 0] = truth[:, 0]
    u = (inputs - data.input_mean[n:]) / data.input_deviation[n:]
    with np.errstate(all="ignore"):
        for row in range(truth.shape[1] - 1):
            x = forecast[0, :, row]
            z = np.hstack([(x - data.input_mean[:n]) / data.input_deviation[:n], u[:, row]])
            rate = library(z, degree) @ coefficients.T
            forecast[0, :, row + 1] = x + data.h * (data.target_mean + data.target_deviation * rate)
    return forecast, truth


def measure(coefficients, degree, data, trajectories):
    """Median error by window over the forecasts that did not blow up, and the number of blow-ups."""
    each, blown = errors(*roll(coefficients, degree, data, trajectories), data.input_deviation[:8])
    medians = [float(np.median(e[~b])) if (~b).any() else None for e, b in zip(each[0].T, blown[0].T)]
    return medians, [int(count) for count in blown[0].sum(0)]


def main():
    parser = argparse.ArgumentParser(prog="compare-peers sindy", description=__doc__)
    parser.add_argument("--potline", required=True, help=argparse.SUPPRESS)
    parser.add_argument("folder", metavar="DIR", help="output folder of `potline run`")
    parser.add_argument("--trajectories", type=int, default=40, help="training trajectories, the first ones (default: 40)")
    parser.add_argument("--degrees", type=int, nargs="+", default=[2], help="degrees of the polynomials (default: 2)")
    thresholds = [0.001, 0.003, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2]
    parser.add_argument("--thresholds", type=float, nargs="+", default=thresholds,
                        help=f"thresholds below which standardised coefficients become zero (default: {' '.join(map(str, thresholds))})")
    options = parser.parse_args()
    files = sorted(path for path in Path(options.folder, "datasets").glob("*") if len(path.name) == 64)
    if len(files) != 1:
        parser.error(f"{options.folder} is not a study's folder: it has {len(files)} files in datasets/, not one")
    data = Dataset(files[0], options.trajectories)
    if len(data.training) < options.trajectories:
        parser.error(f"the dataset has {len(data.training)} training trajectories, fewer than {options.trajectories}")
    print(f"PySINDy {pysindy.__version__}, {options.trajectories} training, {len(data.validation)} validation, {len(data.test)} "
          "test trajectories; errors: median AN-RFMAE of forecasts that did not blow up")
    columns = "".join(f"{f'{first}–{last}':>11}" for first, last in WINDOWS)
    print(f"{'degree':>6} {'threshold':>10} {'terms':>6} {'fit, s':>7} {'validation':>11}{columns} {'blow-ups':>9}")
    peers = []
    for degree in options.degrees:
        models = []
        for threshold in options.thresholds:
            start = time.perf_counter()
            coefficients = fit(data, degree, threshold)
            seconds = time.perf_counter() - start
            terms = int(np.count_nonzero(coefficients))
            validation = measure(coefficients, degree, data, data.validation)[0][-1] if data.validation else None
            medians, blown = measure(coefficients, degree, data, data.test)
            texts = "".join(f"{'none' if median is None else f'{median:.3g}':>11}" for median in medians)
            chosen = "" if validation is None else f"{validation:.3g}"
            print(f"{degree:6} {threshold:10g} {terms:6} {seconds:7.1f} {chosen:>11}{texts} {blown[-1]:9}", flush=True)
            models.append((float("inf") if validation is None else validation, threshold, terms, medians[-1], blown[-1]))
        best = min(models)
        for validation, threshold, terms, error, count in models:
            is_chosen = validation == best[0] < float("inf")
            peers.append({
                "name": f"PySINDy, {NAMES.get(degree, f'degree {degree}')}",
                "setting": f"threshold {threshold:g}" + (", best in validation" if is_chosen else ""),
                "terms": terms, "error": error, "blowUps": count, "forecasts": len(data.test),
                "source": f"PySINDy {pysindy.__version__}, sequentially thresholded least squares on standardised variables, "
                          f"polynomials of degree {degree}, {options.trajectories} training trajectories of this dataset"})
    path = Path(options.folder, "peers.json")
    temporary = path.with_suffix(".json.tmp")
    temporary.write_text(json.dumps(peers, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(temporary, path)
    print(f"{path}: `potline report {options.folder}` draws these beside the networks")


if __name__ == "__main__":
    main()
