"""Rolling forecasts of all test trajectories with all members of a batched PyTorch training, and their errors."""

import numpy as np
import torch

WINDOWS = [(0, 100), (100, 2500), (2500, 5000), (0, 5000)]
BLOW_UP = 3


def windows(rows):
    """The windows of a trajectory with that many rows, cut off at its end, none twice."""
    return list(dict.fromkeys((a, min(b, rows)) for a, b in WINDOWS if a < rows))


def roll(training, data):
    """States [members, trajectories, rows, n] from the first state on with the recorded inputs; states in float64, the
    network in float32."""
    truth = np.stack([x for x, _ in data.test])
    inputs = np.stack([u for _, u in data.test])
    n = truth.shape[2]
    forecast = np.empty((training.members, *truth.shape))
    forecast[:, :, 0] = truth[:, 0]
    u = ((inputs - data.input_mean[n:]) / data.input_deviation[n:]).astype(np.float32)
    z = torch.empty(training.members, len(truth), n + u.shape[2])
    with torch.no_grad(), np.errstate(over="ignore", invalid="ignore"):
        for row in range(truth.shape[1] - 1):
            x = forecast[:, :, row]
            z[:, :, :n] = torch.from_numpy((x - data.input_mean[:n]) / data.input_deviation[:n])
            z[:, :, n:] = torch.from_numpy(u[:, row])
            rate = data.target_mean + data.target_deviation * training.forward(z).numpy().astype(np.float64)
            forecast[:, :, row + 1] = x + data.h * rate
    return forecast, truth


def errors(forecast, truth, deviation):
    """Mean absolute normalised error [members, trajectories, windows] (AN-RFMAE), and whether the forecast blew up."""
    with np.errstate(over="ignore", invalid="ignore"):
        each = (np.abs(forecast - truth) / deviation).mean(-1)
    each[~np.isfinite(each)] = np.inf
    # Window a-b has the errors of the rows a + 1 ... b.
    parts = [each[:, :, a + 1 : b + 1] for a, b in windows(each.shape[2])]
    return np.stack([part.mean(-1) for part in parts], -1), np.stack([part.max(-1) > BLOW_UP for part in parts], -1)
