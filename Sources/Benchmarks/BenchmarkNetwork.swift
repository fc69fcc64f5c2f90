import ReproducibleMath
import SparseNetworks

/// A network to measure.
package struct BenchmarkNetwork: Sendable {
  /// "13-20-20-20-20-8", with " InputSkip" if it is one.
  package let name: String
  package let shape: NetworkShape

  /// A network of these widths, inputs first, outputs last; at least two.
  package init(_ widths: [Int], inputSkip: Bool = false) throws {
    name = widths.map(String.init).joined(separator: "-") + (inputSkip ? " InputSkip" : "")
    shape = try NetworkShape(
      inputs: widths[0], hidden: Array(widths[1..<widths.count - 1]), outputs: widths[widths.count - 1],
      inputSkip: inputSkip)
  }

  /// A network of this shape.
  init(shape: NetworkShape) {
    name = ([shape.inputs] + shape.hidden + [shape.outputs]).map(String.init).joined(separator: "-")
    self.shape = shape
  }

  /// The network of most figures.
  package static func main() throws -> BenchmarkNetwork { try BenchmarkNetwork([13, 20, 20, 20, 20, 8]) }

  /// All networks of the benchmarks.
  package static func all() throws -> [BenchmarkNetwork] {
    [
      try BenchmarkNetwork([13, 15, 14, 12, 8]),
      try main(),
      try BenchmarkNetwork([13, 20, 20, 20, 20, 8], inputSkip: true),
      try BenchmarkNetwork([64, 256, 256, 8]),
    ]
  }

  /// Uniform samples of mean 0 and standard deviation 1.
  func samples(_ count: Int) -> TrainingSamples {
    TrainingSamples(count: count, inputs: shape.inputs, targets: shape.outputs) { rows, rowStride in
      var stream = RandomStream(seed: 2, purpose: .sampling)
      let (width, scale) = (shape.inputs + shape.outputs, Float(12).squareRoot() / Float(1 << 24))
      for row in stride(from: 0, to: rows.count, by: rowStride) {
        for k in 0..<width { rows[row + k] = (Float(stream.nextWord() >> 8) - Float(1 << 23)) * scale }
      }
    }
  }
}

extension BenchmarkNetwork {
  /// He-normal weights of which the share `zeros` is zero, in the way an l1 penalty leaves them: whole units have gone
  /// and single weights, and every weight that is left is on a path from an input to an output. The number is exact
  /// unless that many zeros would cut all paths.
  package func parameters(zeros: Double) -> NetworkParameters {
    var parameters = NetworkParameters.initial(shape: shape, seed: 1)
    if zeros <= 0 { return parameters }
    var stream = RandomStream(seed: 1, purpose: .sampling)
    let left = leftWeights(share: 1 - zeros, &stream)
    for (l, layer) in shape.layers.enumerated() {
      for k in 0..<layer.weightCount
      where !left.contains(Place(layer: l, output: k / layer.columns, column: k % layer.columns)) {
        parameters.layers[l].weights[k] = 0
      }
    }
    return parameters
  }

  /// As ``parameters(zeros:)``, with as many weights, at most, as make this number together with the biases that are left.
  func parameters(free: Int) -> NetworkParameters {
    var weights = min(shape.weightCount, free)
    while true {
      let network = parameters(zeros: 1 - Double(weights) / Double(shape.weightCount))
      let biases = network.pruned(threshold: 0).biasCount
      if network.nonzeroWeightCount + biases <= free || weights <= 1 { return network }
      weights -= 1
    }
  }

  private struct Place: Hashable {
    let layer: Int
    let output: Int
    let column: Int
  }

  /// Each hidden layer keeps its first units, enough that the weights between them are at least the
  /// share. One weight into each of these and one out of it, then others at random.
  private func leftWeights(share: Double, _ stream: inout RandomStream) -> Set<Place> {
    let units =
      shape.hidden.map { max(1, Int((Double($0) * share.squareRoot()).rounded(.up))) } + [shape.outputs]
    var needed: Set<Place> = []
    var others: [Place] = []
    for (l, layer) in shape.layers.enumerated() {
      let below = l == 0 ? 0 : units[l - 1]
      let columns = Array(0..<below) + Array(layer.hiddenColumns..<layer.columns)
      for output in 0..<units[l] {
        let firstColumn = l == 0 ? stream.integer(in: 0...layer.columns - 1) : output % below
        needed.insert(Place(layer: l, output: output, column: firstColumn))
        others += columns.map { Place(layer: l, output: output, column: $0) }
      }
      for column in 0..<below { needed.insert(Place(layer: l, output: column % units[l], column: column)) }
    }
    let count = Int((share * Double(shape.weightCount)).rounded())
    others.removeAll { needed.contains($0) }
    others.shuffle(using: &stream)
    return needed.union(others.prefix(max(0, count - needed.count)))
  }
}
