"""Reads safetensors files: 8 bytes with the header's length, the header in JSON, the values."""

import json

import numpy as np

TYPES = {"F64": np.float64, "F32": np.float32, "I64": np.int64, "I32": np.int32, "U16": np.uint16}


def read(path):
    """The tensors of supported types, by name, and the metadata."""
    data = memoryview(np.fromfile(path, np.uint8))
    length = int.from_bytes(data[:8], "little")
    header = json.loads(bytes(data[8 : 8 + length]))
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] in TYPES:
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            tensors[name] = np.frombuffer(data[begin:end], TYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors, metadata
