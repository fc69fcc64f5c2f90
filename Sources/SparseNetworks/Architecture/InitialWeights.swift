import ReproducibleMath

extension NetworkParameters {
  /// Normal weights and zero biases: weight ~ N(0, v / columns), v from ``Activation/initialVariance``, columns counted
  /// with the skip columns.
  ///
  /// Weight k of layer l is draw k of the stream (seed, initialisation, l): it depends on nothing else.
  package static func initial(shape: NetworkShape, seed: UInt64) -> NetworkParameters {
    let layers = shape.layers.enumerated().map { index, layer in
      var stream = RandomStream(seed: seed, purpose: .initialisation, index: UInt32(index))
      let deviation = (shape.activation.initialVariance / Double(layer.columns)).squareRoot()
      return Layer(
        weights: (0..<layer.weightCount).map { _ in Float(deviation * stream.normal()) },
        biases: Array(repeating: 0, count: layer.outputs))
    }
    return NetworkParameters(shape: shape, layers: layers)
  }
}
