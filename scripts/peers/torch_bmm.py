"""PyTorch with all members of an ensemble in one batched matrix product: parameters [members, inputs, outputs], each
member with its own order of the samples, and PyTorch's fused Adam."""

import torch

from contest import serve
from problem import BATCH, L1, LEARNING_RATE, he_normal, random_samples

MEMBERS = 10


class BatchedTraining:
    def __init__(self, x, y, members, seed=1):
        self.x, self.y, self.members = x, y, members
        self.layers = [tuple(torch.from_numpy(p).requires_grad_() for p in layer) for layer in he_normal(members, seed)]
        self.optimiser = torch.optim.Adam([p for layer in self.layers for p in layer], lr=LEARNING_RATE, fused=True)
        self.random = torch.Generator().manual_seed(seed)

    def forward(self, a):
        """Outputs [members, batch, outputs] of inputs [members, batch, inputs]."""
        for weights, biases in self.layers[:-1]:
            a = torch.relu(torch.baddbmm(biases, a, weights))
        weights, biases = self.layers[-1]
        return torch.baddbmm(biases, a, weights)

    def steps(self):
        """Trains one epoch; yields each member's mean squared error and the batch's size after each step."""
        orders = torch.stack([torch.randperm(len(self.x), generator=self.random) for _ in range(self.members)])
        for indices in orders.split(BATCH, dim=1):
            self.optimiser.zero_grad()
            error = (self.forward(self.x[indices]) - self.y[indices]).square().mean((1, 2))
            # The members share no parameters: the sum's gradient is that of each member's loss.
            loss = error.sum() + L1 * sum(weights.abs().sum() for weights, _ in self.layers)
            loss.backward()
            self.optimiser.step()
            yield error.detach(), indices.shape[1]


def endless(training):
    while True:
        yield from training.steps()


if __name__ == "__main__":
    torch.set_num_threads(1)
    x, y = (torch.from_numpy(values) for values in random_samples())
    steps = endless(BatchedTraining(x, y, MEMBERS))

    def train():
        for _ in range(20):
            next(steps)
        return 20 * MEMBERS

    serve(train)
