import Testing

@testable import SparseNetworks

/// The integral form of the one-step loss against its definition in float64.
@Suite struct OneStepLossTests {
  private static let steps = 5
  private static let runs = [0..<23, 23..<28, 28..<60]

  private func shape() throws -> NetworkShape {
    try NetworkShape(inputs: 3, hidden: [5, 4], outputs: 2, inputSkip: true, activation: .tanh)
  }

  private func samples(_ shape: NetworkShape) -> TrainingSamples {
    let values = randomFloats(60 * 5, seed: 3)
    return TrainingSamples(count: 60, inputs: shape.inputs, targets: shape.outputs, runs: Self.runs) {
      for sample in 0..<60 { for i in 0..<5 { $0[sample * $1 + i] = values[sample * 5 + i] } }
    }
  }

  /// The mean over windows and outputs of the squared mean residual of a window.
  private func loss(_ parameters: NetworkParameters, _ samples: TrainingSamples, _ starts: [Int]) -> Double {
    let steps = Self.steps
    var sum = 0.0
    for start in starts {
      var mean = [0.0, 0.0]
      for row in start..<start + steps {
        let values = (0..<5).map { samples.pointer[row * samples.rowStride + $0] }
        let outputs = naiveForward(parameters, Array(values[..<3]))
        for k in 0..<2 { mean[k] += (outputs[k] - Double(values[3 + k])) / Double(steps) }
      }
      sum += mean.reduce(0) { $0 + $1 * $1 }
    }
    return sum / Double(2 * starts.count)
  }

  /// Tolerance: float32 outputs of size 1 have errors of about 1e-6, the central difference with 1e-3 one of about 1e-6 of its
  /// third derivative.
  @Test(arguments: Kernels.available.map(\.name)) func gradientIsThatOfTheDefinition(kernels name: String)
    throws
  {
    let kernels = try #require(Kernels.available.first { $0.name == name })
    let shape = try shape()
    let samples = samples(shape)
    var parameters = NetworkParameters.initial(shape: shape, seed: 5)
    for l in parameters.layers.indices {
      parameters.layers[l].biases = randomFloats(parameters.layers[l].biases.count, seed: 7, scale: 0.3)
    }
    // The last begins too late in its run, and is moved to where its run has enough samples.
    let starts: [UInt32] = [0, 18, 23, 27, 30, 7, 59]
    let moved = [0, 18, 23, 23, 30, 7, 55]
    let layout = KernelLayout(shape: shape)
    let packed = AlignedBuffer<Float>(count: layout.parameterCount)
    layout.pack(parameters, into: packed.pointer)
    let batch = IntegralBatch(
      windows: starts.count, steps: Self.steps, of: samples, layout: layout, kernels: kernels)
    let workspace = Workspace(layout: layout, batchSize: starts.count * Self.steps, kernels: kernels)
    let count = starts.withUnsafeBufferPointer {
      batch.fill($0.baseAddress!, count: starts.count, parameters: packed.pointer)
    }
    #expect(count == starts.count * Self.steps)
    let value = workspace.computeGradient(
      parameters: packed.pointer, samples: batch.samples, order: batch.order.pointer, count: count)
    #expect(abs(value - loss(parameters, samples, moved)) < 1e-5 * value)
    let gradient = layout.unpack(workspace.gradient.pointer)
    let largest = gradient.layers.flatMap { $0.weights + $0.biases }.map { Double($0.magnitude) }.max() ?? 0
    for l in parameters.layers.indices {
      for k in parameters.layers[l].weights.indices {
        var (up, down) = (parameters, parameters)
        up.layers[l].weights[k] += 1e-3
        down.layers[l].weights[k] -= 1e-3
        let step = Double(up.layers[l].weights[k]) - Double(down.layers[l].weights[k])
        let expected = (loss(up, samples, moved) - loss(down, samples, moved)) / step
        #expect(abs(Double(gradient.layers[l].weights[k]) - expected) < 2e-5 * largest, "\(l) \(k)")
      }
    }
  }

  private func settings(_ oneStep: OneStepLoss?) -> TrainingSettings {
    TrainingSettings(
      epochs: 6, batchSize: 16, learningRate: .constant(1e-2), oneStep: oneStep,
      penalty: Penalty(method: .proximal, weight: 1e-2), screeningInterval: 3)
  }

  @Test func oneStepOfTheIntegralFormIsTheDifference() throws {
    let shape = try shape()
    let samples = samples(shape)
    let kernels = Kernels.available[0]
    #expect(settings(OneStepLoss()).oneStep == nil)
    let plain = Trainer(shape: shape, settings: settings(nil), seed: 1, samples: samples, kernels: kernels)
    let integral = Trainer(
      shape: shape, settings: settings(OneStepLoss(form: .integral, steps: 1)), seed: 1, samples: samples,
      kernels: kernels)
    // The targets are rounded once more.
    #expect(abs(try plain.train(steps: 6) - integral.train(steps: 6)) < 1e-5)
  }

  @Test(arguments: [1, 5, 9, 13]) func everyKernelAndEveryRestartGivesTheSameBits(stop: Int) throws {
    let shape = try shape()
    let samples = samples(shape)
    let settings = settings(OneStepLoss(form: .integral, steps: Self.steps))
    func trainer(_ kernels: Kernels) -> Trainer {
      Trainer(shape: shape, settings: settings, seed: 4, samples: samples, kernels: kernels)
    }
    let results = try Kernels.available.map { kernels in
      let trainer = trainer(kernels)
      try trainer.train(steps: .max / 2)
      return trainer.parameters
    }
    for result in results { #expect(result == results[0]) }
    let first = trainer(Kernels.available[0])
    try first.train(steps: stop)
    let second = trainer(Kernels.available[0])
    try second.restore(first.checkpoint)
    try second.train(steps: .max / 2)
    #expect(second.parameters == results[0])
  }
}
