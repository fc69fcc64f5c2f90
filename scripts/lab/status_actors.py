"""Workers and a client of a coordinator that only play: they speak the protocol (Protocol.md), but train nothing.

    status_actors.py ADDRESS

Submits some studies, one with a name that is a trap for pages, and plays seven workers on three hosts until it is ended.
Prints `ready` when members run, have finished and have failed.
"""

import hashlib
import json
import math
import random
import secrets
import struct
import sys
import time

import zmq

HOSTS = [("hall-1", "avx512"), ("hall-1", "avx512"), ("hall-1", "avx512"), ("hall-2.example", "avx2"),
         ("hall-2.example", "avx2"), ("hall-3", "neon"), ("hall-3", "neon")]
TRAP = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"


class Peer:
    def __init__(self, address):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(address)

    def say(self, kind, frames=(), **fields):
        header = {"potline": 1, "type": kind, **fields}
        self.socket.send_multipart([json.dumps(header).encode(), *frames])

    def hear(self):
        while self.socket.poll(0):
            first, *frames = self.socket.recv_multipart()
            yield json.loads(first), frames


class Worker(Peer):
    def __init__(self, address, host, kernels, number):
        super().__init__(address)
        self.host, self.kernels, self.number = host, kernels, number
        self.begin()

    def begin(self):
        self.name, self.job, self.beat = secrets.token_hex(16), None, 0.0
        self.say("register", worker=self.name, host=self.host, pid=4000 + self.number, cores=16,
                 instructionSet=self.kernels, version="0.2.0")

    def turn(self, now):
        for header, frames in self.hear():
            if header["type"] == "assign":
                self.job = {**json.loads(frames[0]), "start": now, "payload": frames[0],
                            "at": {"attempt": header["attempt"], "job": header["job"]}}
            elif header["type"] == "registerAgain":
                self.begin()
            elif header["type"] == "stop":
                self.job = None
        if now - self.beat < 0.5:
            return
        self.beat = now
        job = self.job
        if job is None:
            return self.say("heartbeat")
        part = (now - job["start"]) / job["seconds"]
        act = job.get("act")
        if act and part > 0.5:
            if act == "gone":
                if random.random() < 0.6:
                    self.job = {**job, "act": None}
                else:
                    self.say("goodbye")
                    self.begin()
            else:
                self.say("failed", **job["at"], reason=act, message=job["why"])
                self.job = None
            return
        if part >= 1:
            result = hashlib.sha256(job["payload"]).digest()
            self.say("result", [result], **job["at"], digest=hashlib.sha256(result).hexdigest(),
                     seconds=job["seconds"], steps=job["steps"])
            self.job = None
            return
        step = int(part * job["steps"])
        loss = 0.8 * math.exp(-6 * part) + 0.004 + random.random() * 0.02 * (1 - part)
        self.say("heartbeat", current=job["at"],
                 progress={"step": step, "totalSteps": job["steps"], "reports": step, "loss": loss})


class Client(Peer):
    def submit(self, name, jobs, priority=0):
        payloads = [json.dumps({"study": name, "place": place, **job}).encode() for place, job in enumerate(jobs)]
        frame = b"".join(struct.pack("<I", len(one)) + one for one in payloads)
        self.say("submit", [frame], request=1, submission=secrets.token_hex(16), name=name, priority=priority,
                 total=len(jobs), first=0)
        self.socket.recv_multipart()

    def status(self):
        self.say("status", request=2)
        return json.loads(self.socket.recv_multipart()[0])["queue"]


def main(address):
    random.seed(7)
    client = Client(address)
    training = {"seconds": 40, "steps": 93_000}
    client.submit("quick-look", [{"seconds": 1.5, "steps": 4_000}] * 9)
    client.submit("first-try", [
        {"seconds": 2, "steps": 5_000, "act": "nonFiniteLoss",
         "why": "the loss became infinite at epoch 3, step 4,711: a smaller learning rate may help"},
        {"seconds": 2, "steps": 5_000, "act": "other", "why": "no space left on device: /var/cache/potline/7f3a"},
        {"seconds": 2, "steps": 5_000}])
    client.submit(TRAP, [{"seconds": 2, "steps": 5_000, "act": "other", "why": TRAP}, {"seconds": 3, "steps": 5_000}])
    workers = [Worker(address, host, kernels, number) for number, (host, kernels) in enumerate(HOSTS)]
    ready = submitted = False
    looked = 0.0
    while True:
        now = time.monotonic()
        for worker in workers:
            worker.turn(now)
        if now - looked > 1:
            looked = now
            queue = client.status()
            if not submitted and queue["failed"] >= 3:
                client.submit("lundby-2022", [{**training, "seconds": 30 + 5 * (n % 6)} for n in range(60)])
                client.submit("input-skip-sizes-and-penalties-of-the-second-campaign",
                              [{**training, "seconds": 60, "steps": 1_395_000}] * 1 +
                              [{**training, "seconds": 50, "steps": 1_395_000, "act": "gone"} for n in range(30)],
                              priority=2)
                submitted = True
            if submitted and not ready and queue["running"] >= 6 and queue["finished"] >= 5:
                ready = True
                print("ready", flush=True)
        time.sleep(0.02)


if __name__ == "__main__":
    main(sys.argv[1])
