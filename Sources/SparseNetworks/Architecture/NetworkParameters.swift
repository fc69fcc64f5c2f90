/// Weights and biases of a dense network, layer by layer, float32.
public struct NetworkParameters: Equatable, Sendable {
  /// One layer's parameters.
  public struct Layer: Equatable, Sendable {
    /// [outputs, columns], row-major; the columns are [previous hidden layer, network input].
    public var weights: [Float]
    /// [outputs]
    public var biases: [Float]

    /// A layer of given values.
    public init(weights: [Float], biases: [Float]) {
      self.weights = weights
      self.biases = biases
    }
  }

  /// The network's shape.
  public let shape: NetworkShape
  /// One element a layer of `shape.layers`.
  public var layers: [Layer]

  /// Parameters of given values. Precondition: the sizes are those of the shape.
  public init(shape: NetworkShape, layers: [Layer]) {
    precondition(layers.count == shape.layers.count)
    for (layer, expected) in zip(layers, shape.layers) {
      precondition(layer.weights.count == expected.weightCount && layer.biases.count == expected.outputs)
    }
    self.shape = shape
    self.layers = layers
  }
}
