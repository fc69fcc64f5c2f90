"""Rolling forecasts of all test trajectories with all members of a batched PyTorch training."""

import numpy as np
import torch

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
