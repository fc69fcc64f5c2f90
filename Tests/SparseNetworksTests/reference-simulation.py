#!/usr/bin/env python3
"""Losses and gradients of simulations in float64, for SimulationTests: writes Fixtures/simulation.json.

Each derivative is a complex step (Squire & Trapp 1998): the imaginary part of the loss after a step of 1e-30 i, exact to
rounding. No code is shared with the kernels, and nothing runs backward.
"""
import json
import pathlib

import numpy as np

STEP = 1e-30


def simulate(case, parameters, initial):
    """The loss of all windows, from the definition: window by window, time by time."""
    rows = np.array([[np.nan if v is None else v for v in row] for row in case["rows"]])
    outputs, hidden = len(case["outputLags"]), case["hiddenStates"]
    total, counted, weighted = 0, 0, []
    for w, (start, last) in enumerate(case["windows"]):
        y = {k: rows[start + k, :outputs].astype(complex) for k in range(1 - max(case["outputLags"]), 1)}
        h = initial[w].astype(complex) if hidden else np.zeros(0, complex)
        for k in range(case["steps"]):
            z = [y[k - lag][j] for j, lags in enumerate(case["outputLags"]) for lag in range(lags)] + list(h)
            for i, lags in enumerate(case["inputLags"]):
                z += [rows[min(start + k - lag, last), outputs + i] for lag in range(lags)]
            z = np.array(z)
            below = z
            for l, (weights, biases) in enumerate(parameters):
                source = z if l == 0 else np.concatenate([below, z]) if case["inputSkip"] else below
                a = weights @ source + biases
                if l + 1 < len(parameters):
                    a = np.tanh(a) if case["activation"] == "tanh" else np.where(a.real > 0, a, 0)
                below = a
            state = np.array(case["carry"]) * np.concatenate([y[k], h]) + np.array(case["offset"])
            state = state + np.array(case["gain"]) * below
            following, h = state[:outputs].copy(), state[outputs:]
            for j in range(outputs):
                target = rows[start + k + 1, j] if start + k + 1 <= last else np.nan
                if np.isnan(target):
                    continue
                if k + 1 <= case["washout"]:
                    following[j] = target
                    continue
                error = following[j] - target
                clamped = error
                if case["delta"] is not None and abs(error.real) > case["delta"]:
                    clamped = case["delta"] * np.sign(error.real)
                total = total + case["outputWeights"][j] * clamped * (2 * error - clamped)
                counted += 1
                # What a least-squares method squares: the weight that gives the loss's slope counts as constant.
                share = (clamped / error).real if error.real else 1
                weighted.append(np.sqrt(case["outputWeights"][j] * share) * error)
            y[k + 1] = following
    return total, counted, weighted


def derivatives(case, parameters, initial, array):
    """The derivative of the loss by each number of one of the arrays."""
    result = np.zeros(array.shape)
    for index in np.ndindex(*array.shape):
        array[index] += 1j * STEP
        result[index] = simulate(case, parameters, initial)[0].imag / STEP
        array[index] = array[index].real
    return result


def normal_products(case, parameters, initial):
    """J'J times three vectors, the rows of J being the weighted errors, by the parameters that are not zero: layer by layer and
    unit by unit the weights and then the bias, then the initial states of each window."""
    places = []
    for weights, biases in parameters:
        for unit in range(len(biases)):
            places += [(weights, (unit, column)) for column in np.flatnonzero(weights[unit])] + [(biases, (unit,))]
    places += [(initial, index) for index in np.ndindex(*initial.shape)]
    columns = []
    for array, index in places:
        array[index] += 1j * STEP
        columns.append(np.imag(simulate(case, parameters, initial)[2]) / STEP)
        array[index] = array[index].real
    jacobian = np.array(columns).T
    vectors = np.array([np.cos((k + 1) * np.arange(len(places))) for k in range(3)])
    return (vectors @ jacobian.T @ jacobian).tolist()


def single(values):
    """Rounded to float32, as the kernels get them."""
    return np.asarray(values, np.float32).astype(float)


def make(seed, outputLags, hiddenStates, inputLags, layers, inputSkip, activation, steps, washout, windows, delta, zeros=0):
    random = np.random.default_rng(seed)
    outputs, states = len(outputLags), len(outputLags) + hiddenStates
    width = sum(outputLags) + hiddenStates + sum(inputLags)
    longest = max(outputLags + inputLags)
    rows = single(random.normal(size=(60, outputs + len(inputLags)))).tolist()
    for _ in range(8):
        rows[random.integers(30, 60)][random.integers(outputs)] = None
    case = dict(
        outputLags=outputLags, hiddenStates=hiddenStates, inputLags=inputLags, layers=layers, inputSkip=inputSkip,
        activation=activation, steps=steps, washout=washout,
        delta=None if delta is None else float(single(delta)), rows=rows,
        carry=single([1] * outputs + [0.9] * hiddenStates).tolist(),
        offset=single(random.normal(size=states) * 0.02).tolist(),
        gain=single(random.uniform(0.05, 0.3, size=states)).tolist(),
        outputWeights=single(random.uniform(0.5, 2, size=outputs)).tolist())
    starts = random.integers(longest - 1, 28, size=windows)
    case["windows"] = [[int(s), int(min(59, s + max(1, steps - (w % 3) * 4)))] for w, s in enumerate(starts)]
    parameters, sizes = [], layers + [states]
    for l, size in enumerate(sizes):
        columns = width if l == 0 else sizes[l - 1] + (width if inputSkip else 0)
        weights = single(random.normal(size=(size, columns)) / np.sqrt(columns))
        if zeros:
            gone = random.random(size=weights.shape) < zeros
            # Every unit reads something, and is read by the unit of its number or the last.
            gone[np.arange(size), np.arange(size) % columns] = False
            below = np.arange(0 if l == 0 else sizes[l - 1])
            gone[np.minimum(below, size - 1), below] = False
            weights[gone] = 0
        parameters.append([weights.astype(complex), single(random.normal(size=size) * 0.2).astype(complex)])
    initial = single(random.normal(size=(windows, hiddenStates)) * 0.5).astype(complex)
    total, counted, _ = simulate(case, parameters, initial)
    case["initial"] = initial.real.tolist()
    case["parameters"] = [[w.real.ravel().tolist(), b.real.tolist()] for w, b in parameters]
    case["loss"], case["counted"] = float(total.real), counted
    case["gradient"] = [[derivatives(case, parameters, initial, a).ravel().tolist() for a in layer] for layer in parameters]
    case["initialGradient"] = derivatives(case, parameters, initial, initial).tolist()
    case["normal"] = normal_products(case, parameters, initial)
    return case


CASES = [
    dict(seed=1, outputLags=[1], hiddenStates=0, inputLags=[1], layers=[5], inputSkip=False, activation="tanh",
         steps=6, washout=0, windows=3, delta=None),
    dict(seed=2, outputLags=[3, 2], hiddenStates=0, inputLags=[4], layers=[6, 5], inputSkip=True, activation="relu",
         steps=10, washout=0, windows=5, delta=None),
    dict(seed=3, outputLags=[2], hiddenStates=2, inputLags=[1, 3], layers=[6], inputSkip=True, activation="tanh",
         steps=20, washout=7, windows=4, delta=0.6),
    dict(seed=4, outputLags=[1, 1, 1], hiddenStates=1, inputLags=[], layers=[5, 4], inputSkip=False, activation="tanh",
         steps=12, washout=3, windows=18, delta=None),
    dict(seed=5, outputLags=[1], hiddenStates=3, inputLags=[2], layers=[], inputSkip=False, activation="relu",
         steps=28, washout=0, windows=2, delta=1.5),
    dict(seed=6, outputLags=[3, 1], hiddenStates=1, inputLags=[2], layers=[9, 4], inputSkip=True, activation="tanh",
         steps=40, washout=2, windows=9, delta=None, zeros=0.7),
]

if __name__ == "__main__":
    path = pathlib.Path(__file__).parent / "Fixtures" / "simulation.json"
    path.write_text(json.dumps([make(**case) for case in CASES]) + "\n")
