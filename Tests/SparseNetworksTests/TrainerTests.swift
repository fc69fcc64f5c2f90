import Testing

@testable import SparseNetworks

@Suite struct TrainerTests {
  static func trainer(seed: UInt64 = 1, penalty: Penalty = .none, rate: Double = 1e-3) throws -> Trainer {
    let shape = try NetworkShape(inputs: 4, hidden: [9, 6], outputs: 3, inputSkip: true)
    return Trainer(
      shape: shape,
      settings: TrainingSettings(
        epochs: 4, batchSize: 32, learningRate: .cosine(from: rate, to: rate / 10), penalty: penalty),
      seed: seed, samples: randomSamples(150, shape: shape, seed: 5), kernels: Kernels.available[0])
  }

  @Test(arguments: [1, 4, 5, 7, 10, 19])
  func continuedFromAnyCheckpointEndsInTheSameBits(stop: Int) throws {
    let penalty = Penalty(method: .proximal, weight: 1e-3)
    let whole = try Self.trainer(penalty: penalty)
    try whole.train(steps: .max / 2)
    let first = try Self.trainer(penalty: penalty)
    try first.train(steps: stop)
    let second = try Self.trainer(penalty: penalty)
    try second.restore(first.checkpoint)
    #expect(second.step == stop)
    try second.train(steps: .max / 2)
    #expect(whole.totalSteps == 20 && whole.isFinished && second.isFinished)
    #expect(second.checkpoint.sameBits(as: whole.checkpoint))
    #expect(whole.trainingCurve.count == 4)
  }

  @Test func otherSeedGivesAnotherNetwork() throws {
    let (a, b) = (try Self.trainer(seed: 1), try Self.trainer(seed: 2))
    #expect(a.parameters != b.parameters)
    try a.train(steps: 3)
    let again = try Self.trainer(seed: 1)
    try again.train(steps: 3)
    #expect(again.parameters == a.parameters)
  }

  @Test func checkpointOfAnotherTrainingIsRefused() throws {
    let shape = try NetworkShape(inputs: 4, hidden: [9], outputs: 3)
    let other = Trainer(
      shape: shape, settings: TrainingSettings(epochs: 1, batchSize: 128, learningRate: .constant(1e-3)),
      seed: 1,
      samples: randomSamples(150, shape: shape, seed: 5), kernels: Kernels.available[0])
    #expect(throws: TrainingCheckpointError.otherTraining) { try Self.trainer().restore(other.checkpoint) }
  }

  @Test func divergedTrainingSaysEpochAndStep() throws {
    let trainer = try Self.trainer(rate: 1e20)
    let failure = #expect(throws: NonFiniteLoss.self) { try trainer.train(steps: 20) }
    #expect(failure?.epoch == 1)
    #expect((2...5).contains(failure?.step ?? 0))
  }

  @Test func proximalStepsMakeExactZerosAndSubgradientStepsDoNot() throws {
    func zeros(_ method: PenaltyMethod) throws -> Int {
      let trainer = try Self.trainer(penalty: Penalty(method: method, weight: 0.3), rate: 1e-2)
      try trainer.train(steps: 20)
      return trainer.parameters.layers.reduce(0) { $0 + $1.weights.count { $0 == 0 } }
    }
    #expect(try zeros(.proximal) > 20)
    #expect(try zeros(.subgradient) == 0)
    #expect(try zeros(.none) == 0)
  }

  /// Each kind of column has its own l1 weight.
  @Test func penaltyActsOnTheColumnsItNames() throws {
    func zeros(_ penalty: Penalty) throws -> [Int] {
      let trainer = try Self.trainer(penalty: penalty, rate: 1e-2)
      try trainer.train(steps: 20)
      let shapes = trainer.shape.layers
      let later = zip(trainer.parameters.layers, shapes).dropFirst()
      func count(_ skip: Bool) -> Int {
        later.reduce(0) { sum, layer in
          sum
            + layer.0.weights.enumerated().count { k, weight in
              weight == 0 && (k % layer.1.columns >= layer.1.hiddenColumns) == skip
            }
        }
      }
      return [trainer.parameters.layers[0].weights.count { $0 == 0 }, count(false), count(true)]
    }
    let onlyInput = try zeros(Penalty(method: .proximal, input: 0.5, hidden: 0, skip: 0))
    #expect(onlyInput[0] > 0 && onlyInput[1] == 0 && onlyInput[2] == 0)
    let onlyHidden = try zeros(Penalty(method: .proximal, input: 0, hidden: 0.5, skip: 0))
    #expect(onlyHidden[0] == 0 && onlyHidden[1] > 0 && onlyHidden[2] == 0)
    let onlySkip = try zeros(Penalty(method: .proximal, input: 0, hidden: 0, skip: 0.5))
    #expect(onlySkip[0] == 0 && onlySkip[1] == 0 && onlySkip[2] > 0)
  }

  @Test func cosineScheduleGoesFromTheFirstToTheLastRate() {
    let schedule = LearningRate.cosine(from: 2e-3, to: 2e-5)
    #expect(schedule.rate(step: 0, of: 100) == 2e-3)
    #expect(abs(schedule.rate(step: 50, of: 100) - 1.01e-3) < 1e-18)
    #expect(abs(schedule.rate(step: 100, of: 100) - 2e-5) < 1e-18)
  }

  /// 200,000 draws: mean 0 and variance 2 / columns or 1 / columns within five standard errors.
  @Test(arguments: [(Activation.relu, 2.0), (.tanh, 1)])
  func initialWeightsHaveTheStatedVariance(activation: Activation, numerator: Double) throws {
    let shape = try NetworkShape(
      inputs: 100, hidden: [1000], outputs: 100, inputSkip: true, activation: activation)
    let parameters = NetworkParameters.initial(shape: shape, seed: 11)
    for (layer, expected) in zip(parameters.layers, shape.layers) {
      let count = Double(layer.weights.count)
      let variance = layer.weights.reduce(0.0) { $0 + Double($1) * Double($1) } / count
      let mean = layer.weights.reduce(0.0) { $0 + Double($1) } / count
      let wanted = numerator / Double(expected.columns)
      #expect(abs(variance / wanted - 1) < 5 * (2 / count).squareRoot())
      #expect(abs(mean) < 5 * (wanted / count).squareRoot())
      #expect(layer.biases.allSatisfy { $0 == 0 })
    }
  }

  @Test(arguments: [[0], [4097], [-1]])
  func impossibleWidthsAreRefused(hidden: [Int]) {
    #expect(throws: NetworkShapeError.width(hidden[0])) {
      try NetworkShape(inputs: 3, hidden: hidden, outputs: 1)
    }
  }
}
