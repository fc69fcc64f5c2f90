"""The iterations of Levenberg-Marquardt that everybody computes: network, recurrence, records, free parameters."""

from dataclasses import dataclass

import numpy as np

UNITS = 10


@dataclass
class Problem:
    lags: int  # of the output
    input_lags: int
    hidden: int  # hidden states
    windows: int
    steps: int
    free: int  # parameters that are not zero

    @property
    def inputs(self):
        return self.lags + self.hidden + self.input_lags

    @property
    def outputs(self):
        return 1 + self.hidden

    def shapes(self):
        """Weights and biases of a layer of UNITS tanh units, then those of the outputs on these and on the input."""
        return [(UNITS, self.inputs), (UNITS,), (self.outputs, UNITS + self.inputs), (self.outputs,)]

    def parameters(self):
        """All parameters as a vector, and the numbers of the free ones; the others are zero."""
        random = np.random.default_rng(1)
        count = sum(int(np.prod(shape)) for shape in self.shapes())
        values = 0.3 * random.normal(size=count)
        free = np.sort(random.permutation(count)[: self.free])
        mask = np.zeros(count)
        mask[free] = 1
        return values * mask, free

    def signals(self):
        """Outputs and inputs [windows, history + steps + 1]."""
        random = np.random.default_rng(3)
        length = max(self.lags, self.input_lags) + self.steps
        y, u = np.zeros((self.windows, length)), np.zeros((self.windows, length))
        for k in range(1, length):
            y[:, k] = 0.95 * y[:, k - 1] + 0.3 * random.normal(size=self.windows)
            u[:, k] = 0.9 * u[:, k - 1] + 0.4 * random.normal(size=self.windows)
        return y, u


PROBLEMS = {
    "record-160": Problem(lags=1, input_lags=6, hidden=2, windows=1, steps=1018, free=160),
    "record-40": Problem(lags=1, input_lags=6, hidden=2, windows=1, steps=1018, free=40),
    "windows-87": Problem(lags=3, input_lags=3, hidden=0, windows=200, steps=100, free=87),
    "windows-32": Problem(lags=3, input_lags=3, hidden=0, windows=200, steps=100, free=32),
}
