"""Errors of rolling forecasts, as Potline computes them."""

import numpy as np

WINDOWS = [(0, 100), (100, 2500), (2500, 5000), (0, 5000)]
BLOW_UP = 3


def windows(rows):
    """The windows of a trajectory of that many rows, cut off at its end, without repetition."""
    return list(dict.fromkeys((a, min(b, rows)) for a, b in WINDOWS if a < rows))


def errors(forecast, truth, deviation):
    """Mean absolute normalised error [members, trajectories, windows] (AN-RFMAE), and whether the forecast blew up."""
    with np.errstate(over="ignore", invalid="ignore"):
        each = (np.abs(forecast - truth) / deviation).mean(-1)
    each[~np.isfinite(each)] = np.inf
    # Window a-b has the errors of the rows a + 1 ... b.
    parts = [each[:, :, a + 1 : b + 1] for a, b in windows(each.shape[2])]
    return np.stack([part.mean(-1) for part in parts], -1), np.stack([part.max(-1) > BLOW_UP for part in parts], -1)
