"""The records of two public benchmarks: training and test signals, and the errors of simulations in the benchmark's unit."""

import csv

import numpy as np

GIVEN = 50  # rows of a test record that are given


def columns(path, count):
    """The first `count` columns of a table with one line of names, as far as its rows have numbers."""
    with open(path) as file:
        rows = list(csv.reader(file))[1:]
    return np.array([[float(value) for value in row[:count]] for row in rows if len(row) >= count and row[count - 1]]).T


class Record:
    """Signals u and y, standardised by the training record's mean and deviation."""

    def __init__(self, training, tests, unit):
        (u, y), self.unit = training, unit
        self.scale = [(u.mean(), u.std()), (y.mean(), y.std())]
        self.training = self.standard(training)
        self.tests = {name: self.standard(test) for name, test in tests.items()}

    def standard(self, signals):
        return [((values - mean) / deviation)[:, None] for values, (mean, deviation) in zip(signals, self.scale)]

    def error(self, name, simulated):
        """RMSE after the given rows."""
        y = self.tests[name][1]
        return float(np.sqrt(np.mean((np.asarray(simulated).ravel() - y.ravel())[GIVEN:] ** 2))) * self.scale[1][1] * self.unit


def silverbox(path, rows):
    u, y = columns(path, 2)
    cut = lambda first, last: (u[first:last], y[first:last])
    tests = {"multisine": cut(105712, 127400), "arrow": cut(100, 40575), "no extrapolation": cut(100, 32000)}
    return Record(cut(40650, 40650 + rows), tests, 1000)


def tanks(path):
    u, u_test, y, y_test = columns(path, 4)
    return Record((u, y), {"test": (u_test, y_test)}, 1)
