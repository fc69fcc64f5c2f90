"""PyTorch as people write it: one network of modules, a loop over shuffled minibatches, Adam, an l1 term in the loss."""

import sys

import torch
from torch import nn

from contest import serve
from problem import BATCH, L1, LEARNING_RATE, WIDTHS, random_samples


def make_model():
    layers = []
    for inputs, outputs in zip(WIDTHS, WIDTHS[1:]):
        linear = nn.Linear(inputs, outputs)
        nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
        nn.init.zeros_(linear.bias)
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def shuffled_batches(x, y):
    """Minibatches of one epoch, by indexing with a permutation."""
    for indices in torch.randperm(len(x)).split(BATCH):
        yield x[indices], y[indices]


def loader_batches(x, y):
    """The same with the usual DataLoader."""
    return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=BATCH, shuffle=True)


class ModuleTraining:
    def __init__(self, x, y, batches=shuffled_batches):
        self.x, self.y, self.batches = x, y, batches
        self.model = make_model()
        self.optimiser = torch.optim.Adam(self.model.parameters(), lr=LEARNING_RATE)
        self.weights = [layer.weight for layer in self.model if isinstance(layer, nn.Linear)]

    def steps(self):
        """Trains one epoch; yields the mean squared error after each step."""
        for x, y in self.batches(self.x, self.y):
            self.optimiser.zero_grad()
            error = nn.functional.mse_loss(self.model(x), y)
            loss = error + L1 * sum(weight.abs().sum() for weight in self.weights)
            loss.backward()
            self.optimiser.step()
            yield error.detach()


def endless(training):
    while True:
        yield from training.steps()


if __name__ == "__main__":
    torch.set_num_threads(1)
    x, y = (torch.from_numpy(values) for values in random_samples())
    batches = loader_batches if "--dataloader" in sys.argv else shuffled_batches
    steps = endless(ModuleTraining(x, y, batches))

    def train():
        for _ in range(20):
            next(steps)
        return 20

    serve(train)
