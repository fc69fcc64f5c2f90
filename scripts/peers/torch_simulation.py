"""PyTorch on simulations: a loop over time, module by module, or all members in batched matrix products.

usage: torch_simulation.py modules|bmm lags|states WINDOWS
"""

import sys

import numpy as np
import torch
from torch import nn

from contest import serve
from problem import L1, LEARNING_RATE
from simulation_problem import CLIPPING, GAIN, PROBLEMS

MEMBERS = 10


def history(problem, signals, starts):
    """The register's outputs, newest first, and each signal's rows from the window's history to its end."""
    offsets = torch.arange(1 - problem.lags, problem.horizon + 1)
    return signals[starts[..., None] + offsets]


def simulate(problem, network, rows):
    """Mean squared error of the simulation of windows: rows [..., windows, time, signals]."""
    n, lags = problem.outputs, problem.lags
    register = [rows[..., lags - 1 - k, :n] for k in range(lags)]
    total = 0
    for k in range(problem.horizon):
        now = k + lags - 1
        inputs = [rows[..., now - lag, n:] for lag in range(lags)]
        change = network(torch.cat(register + inputs, -1))
        state = register[0] + GAIN * change
        register = [state] + register[:-1]
        total = total + (state - rows[..., now + 1, :n]).square().sum((-2, -1))
    return total / (problem.horizon * rows.shape[-3] * n)


def modules(problem, windows):
    layers = []
    for inputs, outputs in zip(problem.widths, problem.widths[1:]):
        linear = nn.Linear(inputs, outputs)
        nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
        nn.init.zeros_(linear.bias)
        layers += [linear, nn.ReLU()]
    model = nn.Sequential(*layers[:-1])
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    weights = [layer.weight for layer in model if isinstance(layer, nn.Linear)]
    signals, random = torch.from_numpy(problem.signals()), np.random.default_rng(1)

    def train():
        optimiser.zero_grad()
        rows = history(problem, signals, torch.from_numpy(problem.starts(random, windows)))
        loss = simulate(problem, model, rows) + L1 * sum(weight.abs().sum() for weight in weights)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIPPING)
        optimiser.step()
        return 1

    return train


def batched(problem, windows):
    layers = [tuple(torch.from_numpy(p).requires_grad_() for p in layer) for layer in problem.layers(MEMBERS)]
    parameters = [p for layer in layers for p in layer]
    optimiser = torch.optim.Adam(parameters, lr=LEARNING_RATE, fused=True)
    signals, random = torch.from_numpy(problem.signals()), np.random.default_rng(1)

    def network(a):
        for weights, biases in layers[:-1]:
            a = torch.relu(torch.baddbmm(biases, a, weights))
        weights, biases = layers[-1]
        return torch.baddbmm(biases, a, weights)

    def train():
        optimiser.zero_grad()
        rows = history(problem, signals, torch.from_numpy(problem.starts(random, (MEMBERS, windows))))
        # The members share no parameters: the sum's gradient is that of each member's loss.
        loss = simulate(problem, network, rows).sum() + L1 * sum(weights.abs().sum() for weights, _ in layers)
        loss.backward()
        norms = sum(p.grad.square().sum((1, 2)) for p in parameters).sqrt()
        factors = torch.clamp(CLIPPING / norms, max=1)[:, None, None]
        for p in parameters:
            p.grad *= factors
        optimiser.step()
        return MEMBERS

    return train


if __name__ == "__main__":
    torch.set_num_threads(1)
    kind, key, windows = sys.argv[1:]
    serve({"modules": modules, "bmm": batched}[kind](PROBLEMS[key], int(windows)))
