"""An iteration of Levenberg-Marquardt in PyTorch: Jacobian-vector products under vmap, 16 free parameters at a time, normal
equations, solution, and the cost of the step; double precision.

usage: torch_finish.py record-160|record-40|windows-87|windows-32
"""

import sys

import numpy as np
import torch
from torch.func import jvp, vmap

from contest import serve
from finish_problem import PROBLEMS

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
problem = PROBLEMS[sys.argv[1]]
base, free = problem.parameters()
y, u = (torch.tensor(values) for values in problem.signals())
start = max(problem.lags, problem.input_lags) - 1
base, free = torch.tensor(base), torch.tensor(free)


def residuals(vector):
    layers, at = [], 0
    for shape in problem.shapes():
        size = int(np.prod(shape))
        layers.append(vector[at : at + size].reshape(shape))
        at += size
    w1, b1, w2, b2 = layers
    register = [y[:, start - lag] for lag in range(problem.lags)]
    hidden = torch.zeros(problem.windows, problem.hidden)
    errors = []
    for k in range(problem.steps):
        inputs = torch.stack([u[:, start + k - lag] for lag in range(problem.input_lags)], -1)
        z = torch.cat([torch.stack(register, -1), hidden, inputs], -1)
        f = torch.cat([torch.tanh(z @ w1.T + b1), z], -1) @ w2.T + b2
        following = register[0] + 0.1 * f[:, 0]
        hidden = 0.95 * hidden + 0.1 * f[:, 1:]
        register = [following] + register[:-1]
        errors.append(following - y[:, start + 1 + k])
    return torch.stack(errors).ravel()


directions = torch.eye(base.numel())[free]


def train():
    r = residuals(base)
    J = vmap(lambda e: jvp(residuals, (base,), (e,))[1], chunk_size=16)(directions)
    A = J @ J.T / r.numel() + 1e-6 * torch.eye(len(free))
    g = J @ r / r.numel() + 1e-6 * base[free]
    proposal = base.clone()
    proposal[free] -= torch.linalg.solve(A + 1e-2 * torch.diag(torch.diag(A)), g)
    residuals(proposal).square().mean().item()
    return 1


if __name__ == "__main__":
    with torch.no_grad():
        serve(train)
