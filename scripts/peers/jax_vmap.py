"""JAX: one member's step, vmap over ten members, scan over the steps, jit around all. Each member has its own order of
the samples, drawn by NumPy, which is faster than JAX's permutation."""

import os

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import numpy as np

from contest import serve
from problem import BATCH, BETA1, BETA2, EPSILON, L1, LEARNING_RATE, SAMPLES, he_normal, random_samples

MEMBERS = 10
STEPS = 71  # of one call; an epoch has 22 times as many full batches


def loss(layers, x, y):
    a = x
    for weights, biases in layers[:-1]:
        a = jax.nn.relu(a @ weights + biases)
    weights, biases = layers[-1]
    penalty = sum(jnp.abs(weights).sum() for weights, _ in layers)
    return jnp.square(a @ weights + biases - y).mean() + L1 * penalty


def adam(p, m, v, g, rate, epsilon):
    m = BETA1 * m + (1 - BETA1) * g
    v = BETA2 * v + (1 - BETA2) * g * g
    return p - rate * m / (jnp.sqrt(v) + epsilon), m, v


def step(state, indices, x, y):
    """One step of one member; `indices`: its samples."""
    layers, m, v, t = state
    gradient = jax.grad(loss)(layers, x[indices], y[indices])
    t = t + 1
    correction = jnp.sqrt(1 - BETA2**t)
    rate, epsilon = LEARNING_RATE * correction / (1 - BETA1**t), EPSILON * correction
    leaves, structure = jax.tree.flatten(layers)
    others = (jax.tree.leaves(tree) for tree in (m, v, gradient))
    updated = [adam(*leaf, rate, epsilon) for leaf in zip(leaves, *others)]
    layers, m, v = (jax.tree.unflatten(structure, [leaf[k] for leaf in updated]) for k in range(3))
    return layers, m, v, t


@jax.jit
def train_some(state, orders, x, y):
    """Steps of all members; orders: [steps, members, batch]."""
    members = jax.vmap(step, in_axes=(0, 0, None, None))
    return jax.lax.scan(lambda state, indices: (members(state, indices, x, y), None), state, orders)[0]


def batches():
    """Orders [STEPS, MEMBERS, BATCH] without end, epoch by epoch."""
    random = np.random.default_rng(2)
    whole = SAMPLES // (BATCH * STEPS) * BATCH * STEPS
    while True:
        epoch = np.stack([random.permutation(np.arange(SAMPLES, dtype=np.int32))[:whole] for _ in range(MEMBERS)])
        epoch = epoch.reshape(MEMBERS, -1, STEPS, BATCH)
        for k in range(epoch.shape[1]):
            yield epoch[:, k].transpose(1, 0, 2)


if __name__ == "__main__":
    x, y = (jnp.asarray(values) for values in random_samples())
    layers = [tuple(jnp.asarray(p) for p in layer) for layer in he_normal(MEMBERS, 1)]
    layers = [(weights, biases[:, 0]) for weights, biases in layers]
    zeros = jax.tree.map(jnp.zeros_like, layers)
    state = (layers, zeros, zeros, jnp.zeros(MEMBERS, jnp.float32))
    orders = batches()

    def train():
        global state
        state = jax.block_until_ready(train_some(state, next(orders), x, y))
        return STEPS * MEMBERS

    serve(train)
