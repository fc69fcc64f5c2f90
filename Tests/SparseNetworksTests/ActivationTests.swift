import Foundation
import Testing

@testable import SparseNetworks

@Suite struct ActivationTests {
  /// Every 9,973rd of all float32 numbers, against float64. `kernel-bits/compare.c` looks at all: 1.35 ulp.
  @Test(arguments: Kernels.available.map(\.name))
  func tanhIsWithinTheStatedError(kernels name: String) throws {
    let kernels = try #require(Kernels.available.first { $0.name == name })
    let values = stride(from: UInt32(0), to: .max - 9973, by: 9973).map { Float(bitPattern: $0) }
      .filter { $0.isNormal }
    let results = activated(values, by: .tanh, kernels)
    var worst = 0.0
    for (x, y) in zip(values, results) {
      let expected = Foundation.tanh(Double(x))
      // Units in the last place of the number's own binade, of the least normal number's at least.
      let ulp = Double(max(Float(expected).magnitude, Float.leastNormalMagnitude).ulp)
      worst = max(worst, abs(Double(y) - expected) / ulp)
    }
    #expect(worst < 1.4)
  }

  @Test(arguments: Kernels.available.map(\.name))
  func tanhOfSpecialValues(kernels name: String) throws {
    let kernels = try #require(Kernels.available.first { $0.name == name })
    let least = Float.leastNormalMagnitude
    let values: [Float] = [
      0, -0.0, least, -least, 9.02, -9.1, 88, -89, .greatestFiniteMagnitude, .infinity, -.infinity,
    ]
    let results = activated(values, by: .tanh, kernels)
    let expected: [Float] = [0, -0.0, least, -least, 1, -1, 1, -1, 1, 1, -1]
    #expect(results.map(\.bitPattern) == expected.map(\.bitPattern))
    // The training must notice them.
    for activation in Activation.allCases {
      let values = activated([.nan, -.nan], by: activation, kernels)
      #expect(values.count { $0.isNaN } == 2)
    }
  }

  @Test(arguments: Activation.allCases)
  func valueAndDerivativeAreThoseOfTheKernels(activation: Activation) {
    let sums: [Float] = [-20, -3, -0.7, -0.01, 0, 0.2, 0.55, 1.5, 9, 30]
    for (sum, value) in zip(sums, activated(sums, by: activation, Kernels.available[0])) {
      let own = activation.value(Double(sum))
      #expect(abs(own - Double(value)) <= 2e-7 * abs(own))
      let step = 1e-6
      let slope =
        (naiveValue(activation, Double(sum) + step) - naiveValue(activation, Double(sum) - step)) / (2 * step)
      if sum != 0 { #expect(abs(activation.derivative(atValue: own) - slope) < 1e-8) }
    }
  }

  /// The gradient of each activation and loss against central differences of a float64 network written for this test.
  ///
  /// Differences with a step of 1e-5 are off by 1e-10 (third derivative) and 1e-11 (rounding). The kernels sum up to 50
  /// products of float32 in three layers, each rounded to 6e-8: 3e-6 of the largest gradient is five times what they
  /// were seen to be off.
  @Test(arguments: Kernels.available.map(\.name), [(Activation.relu, 0.4), (.tanh, 0.4), (.tanh, .infinity)])
  func gradientIsThatOfFiniteDifferences(kernels name: String, policies: (Activation, Double)) throws {
    let kernels = try #require(Kernels.available.first { $0.name == name })
    let (activation, delta) = policies
    let shape = try NetworkShape(
      inputs: 3, hidden: [7, 6], outputs: 2, inputSkip: true, activation: activation)
    var parameters = NetworkParameters.initial(shape: shape, seed: 4)
    for l in parameters.layers.indices {
      parameters.layers[l].biases = randomFloats(parameters.layers[l].biases.count, seed: 8, scale: 0.4)
    }
    let batch = 50
    let samples = randomSamples(batch, shape: shape, seed: 9)
    let layout = KernelLayout(shape: shape)
    let loss: Loss = delta.isFinite ? .huber(delta: delta) : .squared
    let workspace = Workspace(layout: layout, batchSize: batch, loss: loss, kernels: kernels)
    let packed = AlignedBuffer<Float>(count: layout.parameterCount)
    layout.pack(parameters, into: packed.pointer)
    let order = AlignedBuffer<UInt32>(count: batch)
    order.copy(from: 0..<UInt32(batch))
    let value = workspace.computeGradient(
      parameters: packed.pointer, samples: samples, order: order.pointer, count: batch)
    let gradient = layout.unpack(workspace.gradient.pointer)

    let network = FloatNetwork(parameters)
    let expected = network.meanLoss(samples, delta: delta)
    #expect(abs(value - expected) < 1e-6 * expected)
    let isInside = network.errors(samples).map { abs($0) < delta }
    if delta.isFinite { #expect(isInside.contains(true) && isInside.contains(false)) }
    let slopes = network.slopes(samples, delta: delta)
    let largest = slopes.joined().map(abs).max() ?? 0
    for (l, layer) in gradient.layers.enumerated() {
      for (found, slope) in zip(layer.weights + layer.biases, slopes[l]) {
        #expect(abs(Double(found) - slope) < 3e-6 * largest)
      }
    }
  }

  /// A threshold beyond all errors: the same bits as the squared error, in a whole training.
  @Test func huberOfALargeDeltaIsTheSquaredError() throws {
    let shape = try NetworkShape(inputs: 4, hidden: [9, 6], outputs: 3, activation: .tanh)
    let samples = randomSamples(150, shape: shape, seed: 5)
    let checkpoints = try [Loss.squared, .huber(delta: 1e6), .huber(delta: 0.1)].map { loss in
      let trainer = Trainer(
        shape: shape,
        settings: TrainingSettings(epochs: 4, batchSize: 32, learningRate: .constant(1e-3), loss: loss),
        seed: 1,
        samples: samples, kernels: Kernels.available[0])
      try trainer.train(steps: 20)
      return trainer.checkpoint
    }
    #expect(checkpoints[1].sameBits(as: checkpoints[0]))
    #expect(!checkpoints[2].sameBits(as: checkpoints[0]))
  }

  @Test(arguments: [-3.0, -0.5, -0.1, 0, 0.4, 0.5, 7]) func huberIsLinearBeyondItsThreshold(error: Double) {
    let expected = abs(error) <= 0.5 ? error * error : abs(error) - 0.25
    #expect(abs(Loss.huber(delta: 0.5).value(error) - expected) < 1e-15)
    #expect(Loss.squared.value(error) == error * error)
  }

  /// The loss falls to a fraction: a network of tanh learns.
  @Test func tanhNetworkLearns() throws {
    let shape = try NetworkShape(inputs: 2, hidden: [16, 16], outputs: 1, activation: .tanh)
    let points = randomFloats(2 * 512, seed: 3)
    let samples = TrainingSamples(count: 512, inputs: 2, targets: 1) { rows, stride in
      for k in 0..<512 {
        (rows[k * stride], rows[k * stride + 1]) = (points[2 * k], points[2 * k + 1])
        rows[k * stride + 2] = Foundation.sin(points[2 * k]) * points[2 * k + 1]
      }
    }
    let trainer = Trainer(
      shape: shape, settings: TrainingSettings(epochs: 200, batchSize: 64, learningRate: .constant(5e-3)),
      seed: 1, samples: samples, kernels: Kernels.available[0])
    try trainer.train(steps: trainer.totalSteps)
    #expect(trainer.trainingCurve[199] < 0.05 * trainer.trainingCurve[0])
  }
}

/// A network in float64, as plain as can be; the parameters of a layer are its weights, then its biases.
private struct FloatNetwork {
  let shape: NetworkShape
  var parameters: [[Double]]

  init(_ parameters: NetworkParameters) {
    shape = parameters.shape
    self.parameters = parameters.layers.map { ($0.weights + $0.biases).map(Double.init) }
  }

  func outputs(_ input: [Double]) -> [Double] {
    var values = input
    for (l, layer) in shape.layers.enumerated() {
      let sources = l == 0 ? input : values + (shape.inputSkip ? input : [])
      values = (0..<layer.outputs).map { unit in
        var sum = parameters[l][layer.weightCount + unit]
        for (k, x) in sources.enumerated() { sum += parameters[l][unit * layer.columns + k] * x }
        return l + 1 < shape.layers.count ? naiveValue(shape.activation, sum) : sum
      }
    }
    return values
  }

  func errors(_ samples: TrainingSamples) -> [Double] {
    (0..<samples.count).flatMap { sample -> [Double] in
      let row = samples.pointer + sample * samples.rowStride
      let outputs = outputs((0..<shape.inputs).map { Double(row[$0]) })
      return outputs.enumerated().map { $0.element - Double(row[shape.inputs + $0.offset]) }
    }
  }

  func meanLoss(_ samples: TrainingSamples, delta: Double) -> Double {
    let errors = errors(samples)
    let losses = errors.map { abs($0) <= delta ? $0 * $0 : 2 * delta * abs($0) - delta * delta }
    return losses.reduce(0, +) / Double(errors.count)
  }

  func slopes(_ samples: TrainingSamples, delta: Double) -> [[Double]] {
    let step = 1e-5
    return parameters.indices.map { l in
      parameters[l].indices.map { k in
        var (up, down) = (self, self)
        up.parameters[l][k] += step
        down.parameters[l][k] -= step
        return (up.meanLoss(samples, delta: delta) - down.meanLoss(samples, delta: delta)) / (2 * step)
      }
    }
  }
}
