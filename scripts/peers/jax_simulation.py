"""JAX on simulations: scan over time, vmap over windows and over ten members, scan over the steps, jit around all.

usage: jax_simulation.py lags|states WINDOWS
"""

import os
import sys

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import numpy as np

from contest import serve
from jax_vmap import adam
from problem import BETA1, BETA2, EPSILON, L1, LEARNING_RATE
from simulation_problem import CLIPPING, GAIN, PROBLEMS

MEMBERS = 10
STEPS = 10  # of one call
problem = PROBLEMS[sys.argv[1]]
windows = int(sys.argv[2])


def loss(layers, rows):
    """rows: [windows, time, signals], from the window's history on."""
    n, lags = problem.outputs, problem.lags

    def network(a):
        for weights, biases in layers[:-1]:
            a = jax.nn.relu(a @ weights + biases)
        weights, biases = layers[-1]
        return a @ weights + biases

    def step(register, now):
        inputs, target = now
        state = register[0] + GAIN * network(jnp.concatenate([*register, *inputs], -1))
        return jnp.concatenate([state[None], register[:-1]]), jnp.square(state - target).sum()

    times = jnp.moveaxis(rows, 1, 0)
    register = times[:lags][::-1, :, :n]
    inputs = jnp.stack([times[lags - 1 - lag : lags - 1 - lag + problem.horizon, :, n:] for lag in range(lags)], 1)
    errors = jax.lax.scan(step, register, (inputs, times[lags:, :, :n]))[1]
    penalty = sum(jnp.abs(weights).sum() for weights, _ in layers)
    return errors.sum() / (problem.horizon * rows.shape[0] * n) + L1 * penalty


def step(state, starts, signals):
    """One step of one member; `starts`: its windows."""
    layers, m, v, t = state
    offsets = jnp.arange(1 - problem.lags, problem.horizon + 1)
    gradient = jax.grad(loss)(layers, signals[starts[:, None] + offsets])
    norm = jnp.sqrt(sum(jnp.square(g).sum() for g in jax.tree.leaves(gradient)))
    gradient = jax.tree.map(lambda g: g * jnp.minimum(1, CLIPPING / norm), gradient)
    t = t + 1
    correction = jnp.sqrt(1 - BETA2**t)
    rate, epsilon = LEARNING_RATE * correction / (1 - BETA1**t), EPSILON * correction
    leaves, structure = jax.tree.flatten(layers)
    others = (jax.tree.leaves(tree) for tree in (m, v, gradient))
    updated = [adam(*leaf, rate, epsilon) for leaf in zip(leaves, *others)]
    layers, m, v = (jax.tree.unflatten(structure, [leaf[k] for leaf in updated]) for k in range(3))
    return layers, m, v, t


@jax.jit
def train_some(state, starts, signals):
    """Steps of all members; starts: [steps, members, windows]."""
    members = jax.vmap(step, in_axes=(0, 0, None))
    return jax.lax.scan(lambda state, starts: (members(state, starts, signals), None), state, starts)[0]


if __name__ == "__main__":
    signals, random = jnp.asarray(problem.signals()), np.random.default_rng(1)
    layers = [tuple(jnp.asarray(p) for p in layer) for layer in problem.layers(MEMBERS)]
    layers = [(weights, biases[:, 0]) for weights, biases in layers]
    zeros = jax.tree.map(jnp.zeros_like, layers)
    state = (layers, zeros, zeros, jnp.zeros(MEMBERS, jnp.float32))

    def train():
        global state
        starts = jnp.asarray(problem.starts(random, (STEPS, MEMBERS, windows)))
        state = jax.block_until_ready(train_some(state, starts, signals))
        return STEPS * MEMBERS

    serve(train)
