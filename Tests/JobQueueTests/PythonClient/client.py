"""A client of a coordinator with nothing but pyzmq, written from the description of the protocol (Protocol.md).

    client.py ADDRESS < study.json > results.json

study.json: {"name": ..., "priority": ..., "payloads": [text, ...], "blob": text}
results.json: {"study": ..., "description": ..., "states": [...], "results": {job: result in hexadecimal}, ...}
"""

import hashlib
import json
import secrets
import struct
import sys
import time

import zmq

VERSION = 1
CHUNK = 1 << 20


class Problem(Exception):
    pass


class Client:
    """Asks, and asks again until it is answered: a message may be lost, and every request may be repeated."""

    def __init__(self, address, timeout=60.0):
        self.timeout = timeout
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(address)
        self.number = 0

    def ask(self, kind, fields=None, frames=()):
        self.number += 1
        header = {"potline": VERSION, "type": kind, "request": self.number, **(fields or {})}
        deadline = time.monotonic() + self.timeout
        while time.monotonic() < deadline:
            self.socket.send_multipart([json.dumps(header).encode(), *frames])
            repeat = time.monotonic() + 3
            while time.monotonic() < min(repeat, deadline):
                if not self.socket.poll(200):
                    continue
                first, *rest = self.socket.recv_multipart()
                reply = json.loads(first)
                if reply["potline"] != VERSION:
                    raise Problem(f"the coordinator speaks version {reply['potline']}, this client {VERSION}")
                if reply["type"] == "refused":
                    raise Problem(reply["reason"])
                if reply["request"] != self.number:
                    continue  # to a request that was said again
                if reply["type"] == "problem":
                    raise Problem(f"{reply['code']}: {reply['message']}")
                return reply, rest
        raise Problem("no answer")

    def upload(self, blob):
        digest = hashlib.sha256(blob).hexdigest()
        lacking, _ = self.ask("lacking", {"digests": [digest]})
        offset = 0
        stored = not lacking["digests"]
        while not stored:
            chunk = blob[offset : offset + CHUNK]
            fields = {"digest": digest, "offset": offset, "totalBytes": len(blob)}
            reply, _ = self.ask("upload", fields, [chunk])
            offset, stored = reply["received"], reply["stored"]
        return digest

    def submit(self, name, payloads, priority=0, description=b"", part=1000):
        fields = {"submission": secrets.token_hex(16), "name": name, "priority": priority, "total": len(payloads)}
        first = 0
        while True:
            packed = b"".join(struct.pack("<I", len(p)) + p for p in payloads[first : first + part])
            frames = [packed, description] if first == 0 and description else [packed]
            reply, _ = self.ask("submit", {**fields, "first": first}, frames)
            first = reply["received"]
            if first >= len(payloads):
                return reply["study"]

    def status(self, study):
        return self.ask("status", {"study": study})[0]["studies"][0]

    def results(self, study):
        """Each job's outcome, with its result if it has one."""
        place = 0
        while place is not None:
            reply, frames = self.ask("results", {"study": study, "from": place, "count": 50})
            frames = iter(frames)
            for job in reply["jobs"]:
                result = next(frames) if job["state"] == "finished" else None
                if result is not None and hashlib.sha256(result).hexdigest() != job["digest"]:
                    raise Problem("a result does not have its digest")
                yield job, result
            place = reply.get("next")


def main():
    study = json.load(sys.stdin)
    client = Client(sys.argv[1])
    blob = client.upload(study["blob"].encode())
    payloads = [payload.replace("BLOB", blob).encode() for payload in study["payloads"]]
    study_id = client.submit(study["name"], payloads, study["priority"], b"made by client.py", part=7)
    seen = []
    while True:
        status = client.status(study_id)
        if not seen or seen[-1] != status["finished"]:
            seen.append(status["finished"])
        if status["state"] in ("ended", "cancelled"):
            break
        time.sleep(0.05)
    outcomes = list(client.results(study_id))
    jobs = [hashlib.sha256(payload).hexdigest() for payload in payloads]
    if [job["job"] for job, _ in outcomes] != jobs:
        raise Problem("a job's identity is not the digest of its payload")
    failures, _ = client.ask("failures", {"study": study_id})
    workers, _ = client.ask("workers")
    description, frames = client.ask("description", {"study": study_id})
    try:
        client.ask("status", {"study": "s4711"})
        unknown = ""
    except Problem as problem:
        unknown = str(problem)
    json.dump(
        {
            "study": study_id,
            "blob": blob,
            "description": frames[0].decode(),
            "seen": seen,
            "states": [job["state"] for job, _ in outcomes],
            "results": [result.hex() if result is not None else "" for _, result in outcomes],
            "failures": [len(job["attempts"]) for job in failures["jobs"]],
            "workers": len(workers["workers"]),
            "unknown": unknown,
        },
        sys.stdout,
    )


main()
