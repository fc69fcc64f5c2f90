"""A dataset as Potline writes it, standardised by its training trajectories as Potline does it."""

import numpy as np

import safetensors


class Dataset:
    def __init__(self, path, trajectories=None):
        """All training trajectories, or the first ones."""
        tensors, metadata = safetensors.read(path)
        self.h = float(metadata["samplingTime"])
        self.training = self._trajectories(tensors, "training")[:trajectories]
        self.validation = self._trajectories(tensors, "validation") if "validation.rows" in tensors else []
        self.test = self._trajectories(tensors, "test")
        z = np.concatenate([np.hstack([x, u])[:-1] for x, u in self.training])
        y = np.concatenate([np.diff(x, axis=0) / self.h for x, _ in self.training])
        self.input_mean, self.input_deviation = z.mean(0), z.std(0)
        self.target_mean, self.target_deviation = y.mean(0), y.std(0)
        self.x = ((z - self.input_mean) / self.input_deviation).astype(np.float32)
        self.y = ((y - self.target_mean) / self.target_deviation).astype(np.float32)

    @staticmethod
    def _trajectories(tensors, part):
        ends = np.cumsum(tensors[f"{part}.rows"])[:-1]
        return list(zip(np.split(tensors[f"{part}.states"], ends), np.split(tensors[f"{part}.inputs"], ends)))
