"""An iteration of Levenberg-Marquardt in JAX: jacfwd through a scan over time by the free parameters, normal equations,
solution, and the cost of the step; jit, double precision.

usage: jax_finish.py record-160|record-40|windows-87|windows-32
"""

import os
import sys

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)

from contest import serve
from finish_problem import PROBLEMS

problem = PROBLEMS[sys.argv[1]]
base, free = problem.parameters()
y, u = (jnp.asarray(values) for values in problem.signals())
start = max(problem.lags, problem.input_lags) - 1


def residuals(values):
    vector = jnp.asarray(base).at[free].set(values)
    layers, at = [], 0
    for shape in problem.shapes():
        size = int(np.prod(shape))
        layers.append(vector[at : at + size].reshape(shape))
        at += size
    w1, b1, w2, b2 = layers

    def step(state, now):
        register, hidden = state
        inputs, target = now
        z = jnp.concatenate([register, hidden, inputs], -1)
        f = jnp.concatenate([jnp.tanh(z @ w1.T + b1), z], -1) @ w2.T + b2
        following = register[:, :1] + 0.1 * f[:, :1]
        hidden = 0.95 * hidden + 0.1 * f[:, 1:]
        return (jnp.concatenate([following, register[:, :-1]], -1), hidden), following[:, 0] - target

    register = jnp.stack([y[:, start - lag] for lag in range(problem.lags)], -1)
    inputs = jnp.stack([u[:, start - lag : start - lag + problem.steps] for lag in range(problem.input_lags)], -1)
    times = (jnp.moveaxis(inputs, 1, 0), y[:, start + 1 : start + 1 + problem.steps].T)
    return jax.lax.scan(step, (register, jnp.zeros((problem.windows, problem.hidden))), times)[1].ravel()


@jax.jit
def iteration(values, damping):
    r, J = residuals(values), jax.jacfwd(residuals)(values)
    A = J.T @ J / r.size + 1e-6 * jnp.eye(values.size)
    g = J.T @ r / r.size + 1e-6 * values
    proposal = values - jnp.linalg.solve(A + damping * jnp.diag(jnp.diag(A)), g)
    return jnp.mean(residuals(proposal) ** 2)


if __name__ == "__main__":
    values = jnp.asarray(base[free])

    def train():
        iteration(values, 1e-2).block_until_ready()
        return 1

    serve(train)
