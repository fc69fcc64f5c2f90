import TrainingKernels

/// Where the kernels find a network's parameters, activations and deltas (see `TrainingKernels.h`).
///
/// A tile of activations has the rows [network input, ones, hidden layer 1, ..., outputs].
final class KernelLayout {
  let shape: NetworkShape
  let parameterCount: Int
  let activationRows: Int
  let deltaRows: Int
  /// The description that the kernels take; valid while the layout lives.
  let network: potline_network
  private let layers: UnsafeMutablePointer<potline_layer>

  init(shape: NetworkShape) {
    self.shape = shape
    let layerShapes = shape.layers
    layers = .allocate(capacity: layerShapes.count)
    var activationRow = shape.inputs + 1
    var deltaRow = 0
    var parameter = 0
    for (index, layer) in layerShapes.enumerated() {
      let padded = (layer.outputs + 3) / 4 * 4
      (layers + index).initialize(
        to: potline_layer(
          outputs: Int32(layer.outputs), paddedOutputs: Int32(padded), hiddenRows: Int32(layer.hiddenColumns),
          inputRows: Int32(layer.inputColumns),
          hiddenStart: index == 0 ? 0 : layers[index - 1].outputStart,
          outputStart: Int32(activationRow), deltaStart: Int32(deltaRow), parameterStart: Int32(parameter)))
      activationRow += layer.outputs
      deltaRow += padded
      parameter += (layer.columns + 1) * padded
    }
    activationRows = activationRow
    deltaRows = deltaRow
    parameterCount = (parameter + 15) / 16 * 16
    network = potline_network(
      inputs: Int32(shape.inputs), outputs: Int32(shape.outputs), layerCount: Int32(layerShapes.count),
      activationRows: Int32(activationRows), deltaRows: Int32(deltaRows),
      parameterCount: Int32(parameterCount),
      widestOutputs: Int32(layerShapes.map(\.outputs).max() ?? 0),
      activation: shape.activation.kernelActivation, layers: layers)
  }

  deinit { layers.deallocate() }

  /// Where a layer's parameters and rows begin.
  func place(ofLayer l: Int) -> (parameterStart: Int, paddedOutputs: Int, hiddenStart: Int, deltaStart: Int) {
    let layer = layers[l]
    return (
      Int(layer.parameterStart), Int(layer.paddedOutputs), Int(layer.hiddenStart), Int(layer.deltaStart)
    )
  }

  /// The place of each weight in the packed parameters: (layer, output, column) -> index. The bias is the column
  /// after the last.
  func index(layer: Int, output: Int, column: Int) -> Int {
    let place = layers[layer]
    return Int(place.parameterStart) + column * Int(place.paddedOutputs) + output
  }

  func pack(_ parameters: NetworkParameters, into packed: UnsafeMutablePointer<Float>) {
    for (l, layer) in shape.layers.enumerated() {
      for output in 0..<layer.outputs {
        for column in 0..<layer.columns {
          packed[index(layer: l, output: output, column: column)] =
            parameters.layers[l].weights[output * layer.columns + column]
        }
        packed[index(layer: l, output: output, column: layer.columns)] = parameters.layers[l].biases[output]
      }
    }
  }

  func unpack(_ packed: UnsafePointer<Float>) -> NetworkParameters {
    let layers = shape.layers.enumerated().map { l, layer in
      NetworkParameters.Layer(
        weights: (0..<layer.weightCount).map { k in
          packed[index(layer: l, output: k / layer.columns, column: k % layer.columns)]
        },
        biases: (0..<layer.outputs).map { packed[index(layer: l, output: $0, column: layer.columns)] })
    }
    return NetworkParameters(shape: shape, layers: layers)
  }

  /// The l1 weight of each packed parameter; 0 for biases and padding.
  func packPenalty(_ penalty: Penalty, into packed: UnsafeMutablePointer<Float>) {
    for (l, layer) in shape.layers.enumerated() {
      for column in 0..<layer.columns {
        let weight = l == 0 ? penalty.input : column < layer.hiddenColumns ? penalty.hidden : penalty.skip
        for output in 0..<layer.outputs {
          packed[index(layer: l, output: output, column: column)] = Float(weight)
        }
      }
    }
  }
}
