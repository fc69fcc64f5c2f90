/// How a network is trained: minibatch Adam on the mean loss over samples and outputs, plus for each weight (biases
/// excluded) its l1 weight times its magnitude.
package struct TrainingSettings: Hashable, Sendable {
  /// Passes over the samples; >= 1.
  package var epochs: Int
  /// Samples a step; >= 1. The last batch of an epoch holds what is left.
  package var batchSize: Int
  /// Learning rate by step.
  package var learningRate: LearningRate
  /// Adam's constants.
  package var adam: AdamConstants
  /// The loss of an output's error.
  package var loss: Loss
  /// What a training on measured regressors compares; nil: the difference of one step.
  package var oneStep: OneStepLoss? {
    didSet { if oneStep == OneStepLoss() { oneStep = nil } }
  }
  /// Training on the error of a simulation; nil: on that of one step.
  package var simulation: SimulationLoss?
  /// The l1 penalty.
  package var penalty: Penalty
  /// Active-set training (proximal penalty only): gradients of weights that are zero are computed only every so
  /// many steps (screening), and in between a step costs as much as the weights that aren't. nil: at every step.
  package var screeningInterval: Int?
  /// A second-order method in place of Adam, without penalty, on the weights that are not zero; its iterations are the epochs.
  package var secondOrder: SecondOrderSettings?

  /// Settings of given values.
  package init(
    epochs: Int, batchSize: Int, learningRate: LearningRate, adam: AdamConstants = AdamConstants(),
    loss: Loss = .squared, oneStep: OneStepLoss? = nil, simulation: SimulationLoss? = nil,
    penalty: Penalty = .none, screeningInterval: Int? = nil, secondOrder: SecondOrderSettings? = nil
  ) {
    self.epochs = epochs
    self.batchSize = batchSize
    self.learningRate = learningRate
    self.adam = adam
    self.loss = loss
    self.oneStep = oneStep == OneStepLoss() ? nil : oneStep
    self.simulation = simulation
    self.penalty = penalty
    self.screeningInterval = screeningInterval
    self.secondOrder = secondOrder
  }
}

extension TrainingSettings {
  /// Steps of an epoch: samples / batch size, rounded up. On simulations: as many as take that many steps of windows,
  /// rounded down; of whole runs, and of a second-order method, one.
  package func stepsPerEpoch(samples: Int) -> Int {
    if secondOrder != nil { return 1 }
    guard let simulation else { return (samples + batchSize - 1) / batchSize }
    guard let horizon = simulation.horizon else { return 1 }
    return max(1, samples / (batchSize * horizon))
  }

  /// Steps of the whole training.
  package func steps(samples: Int) -> Int { stepsPerEpoch(samples: samples) * epochs }
}

extension TrainingSettings: Codable {
  private enum CodingKeys: String, CodingKey {
    case epochs, batchSize, learningRate, adam, loss, oneStep, simulation, penalty, screeningInterval
    case secondOrder
  }

  /// Decodes settings; without a loss it is the squared error.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      epochs: try container.decode(Int.self, forKey: .epochs),
      batchSize: try container.decode(Int.self, forKey: .batchSize),
      learningRate: try container.decode(LearningRate.self, forKey: .learningRate),
      adam: try container.decode(AdamConstants.self, forKey: .adam),
      loss: try container.decodeIfPresent(Loss.self, forKey: .loss) ?? .squared,
      oneStep: try container.decodeIfPresent(OneStepLoss.self, forKey: .oneStep),
      simulation: try container.decodeIfPresent(SimulationLoss.self, forKey: .simulation),
      penalty: try container.decode(Penalty.self, forKey: .penalty),
      screeningInterval: try container.decodeIfPresent(Int.self, forKey: .screeningInterval),
      secondOrder: try container.decodeIfPresent(SecondOrderSettings.self, forKey: .secondOrder))
  }

  /// Encodes settings. The squared error is left out: jobs are known by these bytes, and older ones have no loss.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(epochs, forKey: .epochs)
    try container.encode(batchSize, forKey: .batchSize)
    try container.encode(learningRate, forKey: .learningRate)
    try container.encode(adam, forKey: .adam)
    if loss != .squared { try container.encode(loss, forKey: .loss) }
    try container.encodeIfPresent(oneStep, forKey: .oneStep)
    try container.encodeIfPresent(simulation, forKey: .simulation)
    try container.encode(penalty, forKey: .penalty)
    try container.encodeIfPresent(screeningInterval, forKey: .screeningInterval)
    try container.encodeIfPresent(secondOrder, forKey: .secondOrder)
  }
}

/// Adam's constants (Kingma & Ba 2015).
package struct AdamConstants: Codable, Hashable, Sendable {
  /// Decay of the first moment, default 0.9.
  package var beta1: Double
  /// Decay of the second moment, default 0.999.
  package var beta2: Double
  /// Added to the root of the second moment, default 1e-8.
  package var epsilon: Double

  /// Constants of given values.
  package init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
  }
}
