"""Reference numbers of the simulated systems: NumPy derivatives, SciPy integration (DOP853, relative tolerance 1e-12).

Run in the folder Fixtures: python3 ../reference-systems.py. The equations are written here once more, on purpose.
"""

import json
import math
import random

import numpy as np
from scipy.integrate import solve_ivp

TOLERANCE = dict(method="DOP853", rtol=1e-12, atol=1e-12)


def write(name, cases, changes, checkpoints, h):
    with open(f"{name}.json", "w") as file:
        json.dump(
            {"cases": cases, "samplingTime": h, "changes": changes, "checkpoints": checkpoints}, file, indent=1)
        file.write("\n")


def tanks():
    k1, k2, k3, k4, k5, brim = 0.05, 0.05, 0.052, 0.04, 0.6, 10.0

    def derivative(x, u):
        a, b = math.sqrt(max(x[0], 0)), math.sqrt(max(x[1], 0))
        surplus = k4 * u - k1 * a
        overflow = max(surplus, 0) if x[0] >= brim else 0
        filling = k2 * a - k3 * b + k5 * overflow
        if x[1] >= brim:
            filling = min(filling, 0)
        return [surplus - overflow, filling]

    random.seed(1)
    cases = []
    for index in range(24):
        x = [random.uniform(0, 10), random.uniform(0, 10)]
        if index % 4 == 1:
            x[0] = 10.0
        if index % 4 == 2:
            x[1] = 10.0
        if index % 8 == 3:
            x = [10.0, 10.0]
        u = random.uniform(0.5, 6.5)
        cases.append({"x": x, "u": [u], "dxdt": derivative(x, u)})

    # Between two switches, at full or not, each tank follows one smooth equation.
    def interval(x, u, duration):
        t = 0.0
        while t < duration:
            surplus = k4 * u - k1 * math.sqrt(x[0])
            full = [x[0] >= brim and surplus > 0, False]
            overflow = surplus if full[0] else 0.0
            full[1] = x[1] >= brim and k2 * math.sqrt(x[0]) - k3 * math.sqrt(x[1]) + k5 * overflow > 0

            def smooth(_, y):
                a, b = math.sqrt(max(y[0], 0)), math.sqrt(max(y[1], 0))
                return [
                    0.0 if full[0] else k4 * u - k1 * a,
                    0.0 if full[1] else k2 * a - k3 * b + k5 * overflow,
                ]

            def reaches0(_, y):
                return -1.0 if full[0] else y[0] - brim

            def reaches1(_, y):
                return -1.0 if full[1] else y[1] - brim

            def leaves1(_, y):
                filling = k2 * math.sqrt(max(y[0], 0)) - k3 * math.sqrt(brim) + k5 * overflow
                return filling if full[1] else 1.0

            for event, direction in ((reaches0, 1), (reaches1, 1), (leaves1, -1)):
                event.terminal, event.direction = True, direction
            result = solve_ivp(smooth, (t, duration), x, events=(reaches0, reaches1, leaves1), **TOLERANCE)
            t, x = result.t[-1], [float(v) for v in result.y[:, -1]]
            for tank in range(2):
                if result.t_events[tank].size:
                    x[tank] = brim
        return x

    h, rows = 4.0, 201
    changes = [{"index": i, "u": [u]} for i, u in
               ((0, 3.0), (20, 5.0), (60, 6.5), (90, 2.0), (120, 0.5), (150, 4.2), (175, 6.0))]
    x, u, checkpoints = [2.0, 4.5], 0.0, []
    values = {change["index"]: change["u"][0] for change in changes}
    for row in range(rows):
        u = values.get(row, u)
        if row % 5 == 0:
            checkpoints.append({"index": row, "x": x})
        x = interval(x, u, h)
    write("cascaded-tanks", cases, changes, checkpoints, h)


def populations():
    alpha, beta, gamma, delta = 2.0 / 3, 4.0 / 3, 1.0, 1.0

    def derivative(x, u):
        return [
            float(x[0] * (alpha - beta * x[1]) - u * x[0]),
            float(delta * x[0] * x[1] - gamma * x[1] - u * x[1]),
        ]

    generator = np.random.default_rng(2)
    cases = []
    for _ in range(24):
        x, u = generator.uniform(0.1, 3, 2).tolist(), float(generator.uniform(0, 0.2))
        cases.append({"x": x, "u": [u], "dxdt": derivative(x, u)})
    h, rows = 0.1, 401
    changes = [{"index": i, "u": [u]} for i, u in ((0, 0.0), (80, 0.15), (200, 0.05), (300, 0.2))]
    x, u, checkpoints = [1.4, 0.3], 0.0, []
    values = {change["index"]: change["u"][0] for change in changes}
    for row in range(rows):
        u = values.get(row, u)
        if row % 20 == 0:
            checkpoints.append({"index": row, "x": x})
        result = solve_ivp(lambda _, y: derivative(y, u), (0, h), x, **TOLERANCE)
        x = [float(v) for v in result.y[:, -1]]
    write("predator-prey", cases, changes, checkpoints, h)


tanks()
populations()
