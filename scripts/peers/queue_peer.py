"""Empty jobs through another queue: for each line of standard input, a number of jobs, prints "JOBS SECONDS".

One process serves the queue, one does the jobs, this one is the client: as in Potline's own benchmark.
"""

import sys
import time


def empty(number):
    return None


def serve(run):
    run(1000)
    print("ready", flush=True)
    for line in sys.stdin:
        count = int(line)
        start = time.perf_counter()
        run(count)
        print(count, time.perf_counter() - start, flush=True)


def dask(threads):
    import asyncio
    import subprocess

    from distributed import Client

    # A scheduler and a worker as separate processes, as `dask scheduler` and `dask worker` start them.
    python = [sys.executable, "-m"]
    address = f"tcp://127.0.0.1:{free_port()}"
    scheduler = subprocess.Popen(
        python + ["distributed.cli.dask_scheduler", "--host", address, "--no-dashboard"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    worker = subprocess.Popen(
        python + ["distributed.cli.dask_worker", address, "--nworkers", "1", "--nthreads", str(threads),
                  "--no-dashboard", "--memory-limit", "0"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        client = Client(address, timeout=60)
        client.wait_for_workers(1, timeout=60)

        def run(count):
            # `pure=False`: Dask runs equal jobs as well, as all of Potline's jobs differ.
            client.gather(client.map(empty, range(count), pure=False))

        serve(run)
        client.close()
    finally:
        for process in (worker, scheduler):
            process.terminate()
        for process in (worker, scheduler):
            process.wait()


def ipyparallel(engines):
    import logging

    import ipyparallel

    cluster = ipyparallel.Cluster(n=engines, log_level=logging.ERROR)
    client = cluster.start_and_connect_sync(activate=False)
    try:
        view = client.load_balanced_view()

        def run(count):
            view.map_sync(empty, range(count), chunksize=1)

        serve(run)
    finally:
        client.close()
        cluster.stop_cluster_sync()


def free_port():
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


if __name__ == "__main__":
    {"dask": dask, "ipyparallel": ipyparallel}[sys.argv[1]](int(sys.argv[2]))
