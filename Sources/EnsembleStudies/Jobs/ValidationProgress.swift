import Safetensors
import SparseNetworks

/// The weights with the least error on the validation trajectories so far, in the last phase of a training.
struct ValidationProgress: Equatable, Sendable {
  /// The step of the phase at which the trajectories were last forecast; 0: not yet.
  private(set) var lastStep = 0
  /// The best weights.
  private(set) var best: Best?

  /// Weights and their error.
  struct Best: Equatable, Sendable {
    /// The step of the phase, from 1.
    let step: Int
    /// Mean AN-RFMAE of their forecasts.
    let error: Double
    /// All weights and biases, layer by layer.
    let parameters: [Float]
  }

  /// Notes the error of the weights at a step; of equals the earlier ones stay.
  mutating func note(_ error: Double, step: Int, _ parameters: NetworkParameters) {
    lastStep = step
    if let best, !(error < best.error) { return }
    best = Best(
      step: step, error: error, parameters: parameters.layers.flatMap { $0.weights + $0.biases })
  }

  /// The best weights as a network's parameters; nil if there are none, or of another shape.
  func parameters(shape: NetworkShape) -> NetworkParameters? {
    guard let best, best.parameters.count == shape.weightCount + shape.biasCount else { return nil }
    var rest = best.parameters[...]
    let layers = shape.layers.map { layer in
      let weights = Array(rest.prefix(layer.weightCount))
      rest = rest.dropFirst(layer.weightCount)
      defer { rest = rest.dropFirst(layer.outputs) }
      return NetworkParameters.Layer(weights: weights, biases: Array(rest.prefix(layer.outputs)))
    }
    return NetworkParameters(shape: shape, layers: layers)
  }

  func write(to archive: inout TensorArchive) throws(SafetensorsError) {
    try archive.add("validation.steps", shape: [2], values: [Int64(lastStep), Int64(best?.step ?? 0)])
    guard let best else { return }
    try archive.add("validation.error", shape: [1], values: [best.error])
    try archive.add("validation.parameters", shape: [best.parameters.count], values: best.parameters)
  }

  /// nil: the archive has none.
  init?(from archive: TensorArchive) throws {
    guard archive["validation.steps"] != nil else { return nil }
    let steps = try archive.int64s(named: "validation.steps", shape: [2]).map { Int(clamping: $0) }
    lastStep = steps[0]
    guard archive["validation.error"] != nil else { return }
    best = Best(
      step: steps[1], error: try archive.doubles(named: "validation.error", shape: [1])[0],
      parameters: try archive.floats(named: "validation.parameters"))
  }

  init() {}
}
