/// How a network is trained: minibatch Adam on the mean squared error plus an l1 penalty.
///
/// The loss of a batch is the mean over samples and outputs of the squared error, plus for each weight (biases
/// excluded) its l1 weight times its magnitude.
package struct TrainingSettings: Codable, Hashable, Sendable {
  /// Passes over the samples; >= 1.
  package var epochs: Int
  /// Samples a step; >= 1. The last batch of an epoch holds what is left.
  package var batchSize: Int
  /// Learning rate by step.
  package var learningRate: LearningRate
  /// Adam's constants.
  package var adam: AdamConstants
  /// The l1 penalty.
  package var penalty: Penalty
  /// Active-set training (proximal penalty only): gradients of weights that are zero are computed only every so
  /// many steps (screening), and in between a step costs as much as the weights that aren't. nil: at every step.
  package var screeningInterval: Int?

  /// Settings of given values.
  package init(
    epochs: Int, batchSize: Int = 128, learningRate: LearningRate = .constant(1e-3),
    adam: AdamConstants = AdamConstants(), penalty: Penalty = .none, screeningInterval: Int? = nil
  ) {
    self.epochs = epochs
    self.batchSize = batchSize
    self.learningRate = learningRate
    self.adam = adam
    self.penalty = penalty
    self.screeningInterval = screeningInterval
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

/// How the l1 penalty enters a step.
package enum PenaltyMethod: String, Codable, Hashable, Sendable, CaseIterable {
  /// No penalty.
  case none
  /// Its subgradient is added to the gradient, sign(0) = 0: as published; weights come near zero, few reach it.
  case subgradient
  /// After Adam's step each weight is soft-thresholded in Adam's own metric, by
  /// l1 weight x learning rate / (sqrt(v) + epsilon): weights become exactly zero.
  /// Source: Yun, Lozano, Yang, "Adaptive proximal gradient methods for structured neural networks" (2021).
  case proximal
}

/// The l1 penalty: its method, and the l1 weight of each kind of column (biases have none).
package struct Penalty: Codable, Hashable, Sendable {
  /// How it enters a step.
  package var method: PenaltyMethod
  /// l1 weight of the first layer's weights; >= 0.
  package var input: Double
  /// l1 weight of the weights between hidden layers, and from the last one to the outputs; >= 0.
  package var hidden: Double
  /// l1 weight of the skip columns; >= 0.
  package var skip: Double

  /// A penalty with an l1 weight for each kind of column.
  package init(method: PenaltyMethod, input: Double, hidden: Double, skip: Double) {
    self.method = method
    self.input = input
    self.hidden = hidden
    self.skip = skip
  }

  /// A penalty with one l1 weight for all columns.
  package init(method: PenaltyMethod, weight: Double) {
    self.init(method: method, input: weight, hidden: weight, skip: weight)
  }

  /// No penalty.
  package static let none = Penalty(method: .none, weight: 0)
}
