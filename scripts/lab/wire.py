"""A wire between two network namespaces with a delay, jitter and loss, for kernels without netem.

    wire.py NAMESPACE_A INTERFACE_A NAMESPACE_B INTERFACE_B DELAY_MS JITTER_MS LOSS_PERCENT

Makes both interfaces (TAP) and prints "ready"; they go when the program ends. The figures hold for one way. Frames keep
their order. Which frames are lost follows from a fixed seed, and from when they come.
"""

import collections
import fcntl
import os
import random
import select
import struct
import subprocess
import sys
import time

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000


def make_interface(namespace, name):
    """The file of a new TAP interface that is moved into the namespace."""
    file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    temporary = f"w{os.getpid()}{name}"[:15]
    fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH", temporary.encode(), IFF_TAP | IFF_NO_PI))
    subprocess.run(["ip", "link", "set", temporary, "netns", namespace, "name", name], check=True)
    return file


def main():
    namespace_a, name_a, namespace_b, name_b = sys.argv[1:5]
    delay, jitter, loss = (float(text) for text in sys.argv[5:8])
    ends = [make_interface(namespace_a, name_a), make_interface(namespace_b, name_b)]
    under_way = {end: collections.deque() for end in ends}  # (due, frame) that came in at this end
    chance = random.Random(1)
    print("ready", flush=True)
    while True:
        now = time.monotonic()
        for end, frames in under_way.items():
            while frames and frames[0][0] <= now:
                try:
                    os.write(ends[0] if end == ends[1] else ends[1], frames.popleft()[1])
                except OSError:
                    pass  # The interface is down: the frame is lost.
        due = [frames[0][0] for frames in under_way.values() if frames]
        readable, _, _ = select.select(ends, [], [], max(0, min(due) - now) if due else None)
        for end in readable:
            try:
                frame = os.read(end, 65536)
            except OSError:
                continue
            if chance.random() * 100 < loss:
                continue
            frames = under_way[end]
            moment = time.monotonic() + (delay + chance.uniform(-jitter, jitter)) / 1000
            frames.append((max(moment, frames[-1][0] if frames else 0), frame))


main()
