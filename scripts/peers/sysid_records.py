"""jax-sysid's recurrent network on a record, as its users run it: Adam, then L-BFGS-B, with several numbers of iterations.

usage: sysid_records.py silverbox|tanks FILE STATES UNITS RIDGE SEEDS ITERATIONS...
Prints a line a seed and number of iterations: seconds of the fit, then the errors on the test records.
"""

import contextlib
import io
import os
import sys
import time

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import numpy as np
from flax import linen as nn
from jax_sysid.models import RNN

from records import GIVEN, silverbox, tanks

jax.config.update("jax_enable_x64", True)
ADAM = 1000
name, path = sys.argv[1:3]
states, units = map(int, sys.argv[3:5])
ridge, seeds = float(sys.argv[5]), int(sys.argv[6])
record = silverbox(path, 20000) if name == "silverbox" else tanks(path)


class Part(nn.Module):
    """A hidden layer of tanh units and a linear part beside it."""

    outputs: int

    @nn.compact
    def __call__(self, x):
        return nn.Dense(self.outputs)(nn.tanh(nn.Dense(units)(x))) + nn.Dense(self.outputs, use_bias=False)(x)


def next_state():
    return Part(states)


def output():
    return Part(1)


for seed in range(seeds):
    for iterations in map(int, sys.argv[7:]):
        u, y = record.training
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            model = RNN(states, 1, 1, FX=next_state, FY=output, y_in_x=False, x_scaling=0.1, seed=seed)
            model.loss(rho_x0=1e-4, rho_th=ridge)
            model.optimization(adam_epochs=ADAM, lbfgs_epochs=iterations, iprint=-1)
            start = time.perf_counter()
            model.fit(y, u)
            taken = time.perf_counter() - start
            errors = []
            for test, (u, y) in record.tests.items():
                initial = model.learn_x0(u[:GIVEN], y[:GIVEN], rho_x0=1e-4)
                errors.append(record.error(test, model.predict(initial, u)[0]))
        print(seed, iterations, f"{taken:.2f}", *(f"{error:.4f}" for error in errors), flush=True)
