/// w² Σ_k E[(∂y_k/∂w)²] / σ_k² of each weight w, y_k being the outputs and σ_k² their mean squared errors, at most the
/// median of these: otherwise an output that has lost some weights would count for less, and lose more of them.
///
/// In double precision and a fixed order: the same bits on every host.
struct FisherSaliency {
  /// Samples that are looked at, at most, and multiplications that may take; at least 16 samples.
  static let sampleCount = 1024
  static let work = 4_000_000_000
  /// Mean squared errors (of standardised targets) below this are rounding.
  static let smallestError = 1e-12

  /// By layer, in the order of its weights.
  private(set) var saliency: [[Double]]

  private let parameters: NetworkParameters
  private let shapes: [LayerShape]

  init(of parameters: NetworkParameters, on samples: TrainingSamples) {
    self.parameters = parameters
    shapes = parameters.shape.layers
    saliency = parameters.layers.map { Array(repeating: 0, count: $0.weights.count) }
    let perSample = parameters.shape.weightCount * (samples.targets + 2)
    let count = min(samples.count, Self.sampleCount, max(16, Self.work / perSample))
    let rows = (0..<count).map { samples.pointer + $0 * samples.count / count * samples.rowStride }
    let units = rows.map { row in activations((0..<samples.inputs).map { Double(row[$0]) }) }
    let errors = (0..<samples.targets).map { k in
      let squares = zip(rows, units).reduce(0.0) { sum, sample in
        let residual = sample.1[shapes.count][k] - Double(sample.0[samples.inputs + k])
        return sum + residual * residual
      }
      return squares / Double(count)
    }
    let median = errors.sorted()[errors.count / 2]
    let weights = errors.map { 1 / max(Self.smallestError, min($0, median)) }
    for units in units { accumulate(units, weights) }
    for l in saliency.indices {
      for k in saliency[l].indices {
        let weight = Double(parameters.layers[l].weights[k])
        saliency[l][k] *= weight * weight / Double(count)
      }
    }
  }

  /// The network's input, then the units of each layer; the last are the outputs.
  private func activations(_ input: [Double]) -> [[Double]] {
    var all = [input]
    for (l, shape) in shapes.enumerated() {
      let layer = parameters.layers[l]
      let sources = self.sources(of: l, all)
      all.append(
        (0..<shape.outputs).map { unit in
          var sum = Double(layer.biases[unit])
          for column in 0..<shape.columns {
            sum += Double(layer.weights[unit * shape.columns + column]) * sources[column]
          }
          return l + 1 < shapes.count ? parameters.shape.activation.value(sum) : sum
        })
    }
    return all
  }

  private func sources(of l: Int, _ units: [[Double]]) -> [Double] {
    (shapes[l].hiddenColumns > 0 ? units[l] : []) + (shapes[l].inputColumns > 0 ? units[0] : [])
  }

  /// Adds one sample's Σ_k weight_k (∂y_k/∂w)²: what a weight reads, squared, times that sum for the unit it feeds.
  private mutating func accumulate(_ units: [[Double]], _ weights: [Double]) {
    let last = shapes.count - 1
    // Of each output its derivative by the units of the layer under way.
    var derivatives = weights.indices.map { k in weights.indices.map { $0 == k ? 1.0 : 0 } }
    for l in shapes.indices.reversed() {
      let shape = shapes[l]
      let sources = self.sources(of: l, units)
      for unit in 0..<shape.outputs {
        if l < last {
          let derivative = parameters.shape.activation.derivative(atValue: units[l + 1][unit])
          for k in weights.indices { derivatives[k][unit] *= derivative }
          if derivative == 0 { continue }
        }
        let sum = weights.indices.reduce(0.0) {
          $0 + weights[$1] * derivatives[$1][unit] * derivatives[$1][unit]
        }
        for column in 0..<shape.columns {
          saliency[l][unit * shape.columns + column] += sum * sources[column] * sources[column]
        }
      }
      if l > 0 { derivatives = derivatives.map { below($0, l) } }
    }
  }

  private func below(_ derivatives: [Double], _ l: Int) -> [Double] {
    let (shape, layer) = (shapes[l], parameters.layers[l])
    var result = [Double](repeating: 0, count: shape.hiddenColumns)
    for (unit, derivative) in derivatives.enumerated() where derivative != 0 {
      for column in 0..<shape.hiddenColumns {
        result[column] += derivative * Double(layer.weights[unit * shape.columns + column])
      }
    }
    return result
  }
}
