"""The simulations that everybody trains on: network, lags, horizon, signals."""

from dataclasses import dataclass

import numpy as np

GAIN = 0.05  # of the network's output in a step
CLIPPING = 1.0  # norm to which a gradient is shortened
ROWS = 20000


@dataclass
class Problem:
    widths: list
    outputs: int
    inputs: int
    lags: int
    horizon: int

    def signals(self):
        """Slow random signals [rows, outputs + inputs]."""
        random = np.random.default_rng(3)
        values = np.zeros((ROWS, self.outputs + self.inputs), np.float32)
        for row in range(1, ROWS):
            values[row] = 0.95 * values[row - 1] + 0.3 * random.normal(size=values.shape[1])
        return values

    def starts(self, random, shape):
        """Rows at which windows begin, with their history before them."""
        return random.integers(self.lags - 1, ROWS - self.horizon - 1, shape)

    def layers(self, members, seed=1):
        """Weights [members, inputs, outputs] ~ N(0, 2 / inputs) and zero biases [members, 1, outputs] of each layer."""
        random = np.random.default_rng(seed)
        return [
            (
                random.normal(0, (2 / inputs) ** 0.5, (members, inputs, outputs)).astype(np.float32),
                np.zeros((members, 1, outputs), np.float32),
            )
            for inputs, outputs in zip(self.widths, self.widths[1:])
        ]


PROBLEMS = {
    "lags": Problem([10, 15, 15, 1], outputs=1, inputs=1, lags=5, horizon=60),
    "states": Problem([13, 20, 20, 20, 20, 8], outputs=8, inputs=5, lags=1, horizon=20),
}
