import Testing

@testable import SparseNetworks

/// Under a proximal penalty a step may skip the weights that are zero; it must not change a bit.
@Suite struct ZeroSkippingTests {
  private func trainer(_ kernels: Kernels, inputSkip: Bool) throws -> Trainer {
    let shape = try NetworkShape(inputs: 9, hidden: [14, 11], outputs: 3, inputSkip: inputSkip)
    let settings = TrainingSettings(
      epochs: 130, batchSize: 48, learningRate: .constant(1e-2),
      penalty: Penalty(method: .proximal, input: 0.01, hidden: 0.01, skip: 0.02))
    return Trainer(
      shape: shape, settings: settings, seed: 7,
      samples: randomSamples(48 * 7 + 5, shape: shape, seed: 1), kernels: kernels)
  }

  @Test(arguments: Kernels.available.map(\.name), [false, true])
  func skippingChangesNoBit(kernels name: String, inputSkip: Bool) throws {
    let kernels = try #require(Kernels.available.first { $0.name == name })
    let ways: [ZeroSkipping.Way?] = [.allWeights, .skipping, nil]
    let trainers = try ways.map { way in
      let trainer = try trainer(kernels, inputSkip: inputSkip)
      try #require(trainer.zeroSkipping).preferred = way
      try trainer.train(steps: trainer.totalSteps)
      return trainer
    }
    #expect(trainers[1].checkpoint.sameBits(as: trainers[0].checkpoint))
    #expect(trainers[2].checkpoint.sameBits(as: trainers[0].checkpoint))
    #expect(trainers[0].zeroSkipping?.skippedSteps == 0)
    let left = trainers[0].parameters.layers.reduce(0) { $0 + $1.weights.count { $0 != 0 } }
    #expect(left > 0 && left < trainers[0].shape.weightCount / 2)
    // All steps but those before the first pattern and those at which a weight comes back from zero.
    #expect(try #require(trainers[1].zeroSkipping).skippedSteps > trainers[1].totalSteps / 2)
  }

  @Test func onlyAPenaltyThatMakesZerosSkipsThem() throws {
    let shape = try NetworkShape(inputs: 4, hidden: [5], outputs: 2)
    for (method, interval) in [(PenaltyMethod.none, nil), (.subgradient, nil), (.proximal, 5)]
      as [(PenaltyMethod, Int?)]
    {
      let settings = TrainingSettings(
        epochs: 1, batchSize: 8, learningRate: .constant(1e-3),
        penalty: Penalty(method: method, weight: method == .none ? 0 : 0.1),
        screeningInterval: interval)
      let trainer = Trainer(
        shape: shape, settings: settings, seed: 1, samples: randomSamples(16, shape: shape, seed: 1),
        kernels: Kernels.available[0])
      #expect(trainer.zeroSkipping == nil)
    }
  }
}
