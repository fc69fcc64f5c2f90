import Foundation
import ReproducibleMath

@testable import SparseNetworks

/// Random numbers for tests; the seed is in the test's arguments or text.
func randomFloats(_ count: Int, seed: UInt64, scale: Double = 1) -> [Float] {
  var stream = RandomStream(seed: seed, purpose: .sampling)
  return (0..<count).map { _ in Float(scale * stream.normal()) }
}

func randomSamples(_ count: Int, shape: NetworkShape, seed: UInt64) -> TrainingSamples {
  let values = randomFloats(count * (shape.inputs + shape.outputs), seed: seed)
  return TrainingSamples(count: count, inputs: shape.inputs, targets: shape.outputs) { rows, stride in
    for sample in 0..<count {
      let width = shape.inputs + shape.outputs
      for i in 0..<width { rows[sample * stride + i] = values[sample * width + i] }
    }
  }
}

/// A random shape: widths that are multiples of nothing.
func randomShape(seed: UInt64) throws -> NetworkShape {
  var stream = RandomStream(seed: seed, purpose: .sampling, index: 1)
  let depth = stream.integer(in: 0...4)
  return try NetworkShape(
    inputs: stream.integer(in: 1...29), hidden: (0..<depth).map { _ in stream.integer(in: 1...37) },
    outputs: stream.integer(in: 1...19), inputSkip: stream.integer(in: 0...1) == 1,
    activation: Activation.allCases[stream.integer(in: 0...Activation.allCases.count - 1)])
}

/// A unit's value by the C library.
func naiveValue(_ activation: Activation, _ sum: Double) -> Double {
  switch activation {
  case .relu: sum > 0 ? sum : 0
  case .tanh: Foundation.tanh(sum)
  }
}

/// A network as dense matrices in Double, one sample at a time: the naive forward pass that the fast ones are held to.
func naiveForward(_ parameters: NetworkParameters, _ input: [Float]) -> [Double] {
  var hidden: [Double] = []
  let inputs = input.map(Double.init)
  for (l, layer) in parameters.shape.layers.enumerated() {
    let sources = (l == 0 ? [] : hidden) + (layer.inputColumns > 0 ? inputs : [])
    hidden = (0..<layer.outputs).map { o in
      var sum = Double(parameters.layers[l].biases[o])
      for (i, x) in sources.enumerated() {
        sum += Double(parameters.layers[l].weights[o * layer.columns + i]) * x
      }
      return l + 1 < parameters.shape.layers.count ? naiveValue(parameters.shape.activation, sum) : sum
    }
  }
  return hidden
}
