/// Weights and biases of a dense network, layer by layer, float32.
package struct NetworkParameters: Equatable, Sendable {
  /// One layer's parameters.
  package struct Layer: Equatable, Sendable {
    /// [outputs, columns], row-major; the columns are [previous hidden layer, network input].
    package var weights: [Float]
    /// [outputs]
    package var biases: [Float]

    /// A layer of given values.
    package init(weights: [Float], biases: [Float]) {
      self.weights = weights
      self.biases = biases
    }
  }

  /// The network's shape.
  package let shape: NetworkShape
  /// One element a layer of `shape.layers`.
  package var layers: [Layer]

  /// Parameters of given values. Precondition: the sizes are those of the shape.
  package init(shape: NetworkShape, layers: [Layer]) {
    precondition(layers.count == shape.layers.count)
    for (layer, expected) in zip(layers, shape.layers) {
      precondition(layer.weights.count == expected.weightCount && layer.biases.count == expected.outputs)
    }
    self.shape = shape
    self.layers = layers
  }
}
