"""How contestants are asked: a line with seconds in, a line "STEPS SECONDS" out; steps count once for each member."""

import sys
import time


def serve(train):
    """Answers until the input ends. `train()` runs some steps and returns their number; the first calls warm up."""
    for _ in range(3):
        train()
    print("ready", flush=True)
    for line in sys.stdin:
        seconds = float(line)
        steps, start = 0, time.perf_counter()
        while True:
            steps += train()
            taken = time.perf_counter() - start
            if taken >= seconds:
                break
        print(steps, taken, flush=True)
