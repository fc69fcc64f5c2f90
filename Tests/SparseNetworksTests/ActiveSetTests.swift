import Testing

@testable import SparseNetworks

@Suite struct ActiveSetTests {
  private static func settings(interval: Int?) -> TrainingSettings {
    TrainingSettings(
      epochs: 6, batchSize: 48, learningRate: .cosine(from: 1e-2, to: 1e-3),
      penalty: Penalty(method: .proximal, input: 0.05, hidden: 0.1, skip: 0.1), screeningInterval: interval)
  }

  private func trained(_ shape: NetworkShape, interval: Int?, kernels: Kernels, stop: Int? = nil) throws
    -> Trainer
  {
    let samples = randomSamples(48 * 7 + 5, shape: shape, seed: 1)
    func trainer() -> Trainer {
      Trainer(
        shape: shape, settings: Self.settings(interval: interval), seed: 7, samples: samples, kernels: kernels
      )
    }
    let first = trainer()
    guard let stop else {
      try first.train(steps: first.totalSteps)
      return first
    }
    try first.train(steps: stop)
    let second = trainer()
    try second.restore(TrainingCheckpoint(decoding: first.checkpoint.encoded()))
    try second.train(steps: second.totalSteps)
    return second
  }

  @Test(arguments: Kernels.available.dropLast().map(\.name), 0..<20)
  func equalsTheScalarReference(kernels name: String, seed: Int) throws {
    let fast = try #require(Kernels.available.first { $0.name == name })
    let scalar = try #require(Kernels.available.last)
    let shape = try randomShape(seed: UInt64(seed))
    let checkpoints = try [fast, scalar].map { try trained(shape, interval: 5, kernels: $0).checkpoint }
    #expect(checkpoints[0].sameBits(as: checkpoints[1]), "shape \(shape)")
  }

  /// Where only some weights are active: fewer are computed with, and the others are zero.
  @Test func weightsThatAreNotActiveAreZero() throws {
    let shape = try NetworkShape(inputs: 9, hidden: [14, 11], outputs: 3, inputSkip: true)
    let trainer = try trained(shape, interval: 5, kernels: Kernels.available[0])
    let left = trainer.parameters.layers.reduce(0) { $0 + $1.weights.count { $0 != 0 } }
    #expect(trainer.activeCount < shape.weightCount && trainer.activeCount >= left + shape.biasCount)
    #expect(left > 0)
  }

  @Test func screeningAtEveryStepIsTheFullTraining() throws {
    let shape = try NetworkShape(inputs: 9, hidden: [14, 11], outputs: 3, inputSkip: true)
    let screened = try trained(shape, interval: 1, kernels: Kernels.available[0])
    #expect(
      screened.parameters == (try trained(shape, interval: nil, kernels: Kernels.available[0])).parameters)
  }

  @Test(arguments: [1, 4, 5, 6, 13, 31])
  func continuedFromACheckpointEndsInTheSameBits(stop: Int) throws {
    let shape = try NetworkShape(inputs: 9, hidden: [14, 11], outputs: 3)
    let whole = try trained(shape, interval: 5, kernels: Kernels.available[0])
    let continued = try trained(shape, interval: 5, kernels: Kernels.available[0], stop: stop)
    #expect(continued.checkpoint.sameBits(as: whole.checkpoint))
  }

  /// Zeros that are skipped change no bit of the gradient, however many tiles are taken at a time.
  @Test(arguments: 0..<30)
  func gradientOfAllWeightsIsThatOfTheDenseKernel(seed: Int) throws {
    let shape = try randomShape(seed: UInt64(seed))
    let batch = [1, 16, 37, 128, 200][seed % 5]
    let samples = randomSamples(batch, shape: shape, seed: UInt64(seed))
    for kernels in Kernels.available {
      let layout = KernelLayout(shape: shape)
      let workspace = Workspace(layout: layout, batchSize: batch, kernels: kernels)
      let (parameters, isActive) = maskedParameters(layout, seed: UInt64(seed))
      let order = AlignedBuffer<UInt32>(count: batch)
      order.copy(from: 0..<UInt32(batch))
      let dense = workspace.computeGradient(
        parameters: parameters.pointer, samples: samples, order: order.pointer, count: batch)
      let expected = Array(workspace.gradient.values[..<layout.parameterCount])
      let weights = ActiveWeights(room: layout)
      weights.fill(layout: layout, isActive: isActive.pointer)
      let all = AlignedBuffer<Float>(count: layout.parameterCount + 16)
      let sparse = workspace.computeGradient(
        of: weights, parameters: parameters.pointer, samples: samples, order: order.pointer, count: batch,
        allWeights: true, gradient: all.pointer)
      #expect(sparse == dense)
      #expect(
        all.values[..<layout.parameterCount].map(\.bitPattern) == expected.map(\.bitPattern),
        "\(kernels.name)")

    }
  }

  private func maskedParameters(_ layout: KernelLayout, seed: UInt64) -> (
    AlignedBuffer<Float>, AlignedBuffer<UInt8>
  ) {
    let parameters = AlignedBuffer<Float>(count: layout.parameterCount)
    let isActive = AlignedBuffer<UInt8>(count: layout.parameterCount)
    var network = NetworkParameters.initial(shape: layout.shape, seed: seed)
    for l in network.layers.indices {
      network.layers[l].weights = network.layers[l].weights.map { $0.magnitude < 0.4 ? 0 : $0 }
      network.layers[l].biases = randomFloats(network.layers[l].biases.count, seed: seed, scale: 0.3)
    }
    layout.pack(network, into: parameters.pointer)
    for k in 0..<layout.parameterCount { isActive.pointer[k] = parameters.pointer[k] == 0 ? 0 : 1 }
    return (parameters, isActive)
  }
}
