import ReproducibleMath
import SparseNetworks

/// A network that is measured.
package struct BenchmarkNetwork: Sendable {
  /// "13-20-20-20-20-8", with " InputSkip" if it is one.
  package let name: String
  /// Its shape.
  package let shape: NetworkShape

  /// A network of these widths, inputs first, outputs last; at least two.
  package init(_ widths: [Int], inputSkip: Bool = false) throws {
    name = widths.map(String.init).joined(separator: "-") + (inputSkip ? " InputSkip" : "")
    shape = try NetworkShape(
      inputs: widths[0], hidden: Array(widths[1..<widths.count - 1]), outputs: widths[widths.count - 1],
      inputSkip: inputSkip)
  }

  /// The network of most figures.
  package static func main() throws -> BenchmarkNetwork { try BenchmarkNetwork([13, 20, 20, 20, 20, 8]) }

  /// All that are measured.
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
