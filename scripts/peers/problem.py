"""The learning problem that everybody trains: network, hyper-parameters, and samples for measuring speed."""

import numpy as np

WIDTHS = [13, 20, 20, 20, 20, 8]
BATCH = 128
LEARNING_RATE = 1e-3
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
L1 = 1e-4
SAMPLES = 40 * 4999


def random_samples():
    """Uniform inputs and targets of mean 0 and standard deviation 1, as `potline bench` uses them."""
    values = np.random.default_rng(1).uniform(-(3**0.5), 3**0.5, (SAMPLES, WIDTHS[0] + WIDTHS[-1]))
    values = values.astype(np.float32)
    return values[:, : WIDTHS[0]].copy(), values[:, WIDTHS[0] :].copy()


def he_normal(members, seed):
    """Weights [members, inputs, outputs] ~ N(0, 2 / inputs) and zero biases [members, 1, outputs] of each layer."""
    random = np.random.default_rng(seed)
    layers = []
    for inputs, outputs in zip(WIDTHS, WIDTHS[1:]):
        weights = random.normal(0, (2 / inputs) ** 0.5, (members, inputs, outputs)).astype(np.float32)
        layers.append((weights, np.zeros((members, 1, outputs), np.float32)))
    return layers
