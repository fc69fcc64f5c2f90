import SparseNetworks

extension NetworkShape {
  /// Floating-point operations of a forward pass over `batch` samples: 2 a weight and sample. Biases, ReLU and loss
  /// are not counted.
  package func forwardOperations(batch: Int) -> Int { 2 * weightCount * batch }

  /// Floating-point operations of forward, weight gradient and gradient to the hidden layers over `batch` samples. No
  /// gradient flows to the network's input: the first layer's weights and skip columns count twice, not three times.
  /// Biases, loss and optimiser are not counted.
  package func trainingOperations(batch: Int) -> Int {
    let hidden = layers.reduce(0) { $0 + $1.outputs * $1.hiddenColumns }
    return 2 * (2 * weightCount + hidden) * batch
  }
}
