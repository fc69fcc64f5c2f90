/// One configuration of a study: architecture, penalty, optimiser and size of the training set.
public struct Variant: Codable, Equatable, Sendable {
  /// Unique name in the study: lower-case letters, digits and hyphens; used in file names.
  public var name: String
  /// Number of networks trained, each from its own seed.
  public var members: Int
  /// Widths of the hidden layers, from the first to the last.
  public var hidden: [Int]
  /// Whether the network's input is also given to every layer after the first (InputSkip).
  public var inputSkip: Bool
  /// The l1 penalty on the weight matrices.
  public var penalty: Penalty
  /// The learning rate over the training run.
  public var learningRate: LearningRate
  /// Constants of the Adam optimiser.
  public var adam: AdamConstants
  /// Passes through the training set.
  public var epochs: Int
  /// Training pairs in one optimiser step.
  public var batchSize: Int
  /// Number of training trajectories used, the first ones of the dataset; all of them if nil.
  public var trainingTrajectories: Int?
  /// Weights of smaller magnitude are removed after training.
  public var pruneThreshold: Double

  /// Makes a variant; the defaults are those of the study file.
  public init(
    name: String, members: Int = 10, hidden: [Int], inputSkip: Bool = false, penalty: Penalty = .none,
    learningRate: LearningRate = .constant(1e-3), adam: AdamConstants = AdamConstants(), epochs: Int = 100,
    batchSize: Int = 128, trainingTrajectories: Int? = nil, pruneThreshold: Double = 1e-3
  ) {
    self.name = name
    self.members = members
    self.hidden = hidden
    self.inputSkip = inputSkip
    self.penalty = penalty
    self.learningRate = learningRate
    self.adam = adam
    self.epochs = epochs
    self.batchSize = batchSize
    self.trainingTrajectories = trainingTrajectories
    self.pruneThreshold = pruneThreshold
  }
}

/// An l1 penalty, weight · Σ|w|, on the weight matrices; biases are never penalised.
public struct Penalty: Codable, Equatable, Sendable {
  /// How the penalty enters the training.
  public enum Method: String, Codable, CaseIterable, Sendable {
    /// No penalty.
    case none
    /// weight · sign(w) is added to the gradient that Adam sees.
    case subgradient
    /// Soft thresholding after each Adam step, which gives exact zeros.
    case proximal
  }

  /// How the penalty enters the training.
  public var method: Method
  /// Penalty weight of the first layer's matrix, which acts on the network's input.
  public var input: Double
  /// Penalty weight of the later matrices where they act on hidden units, the output layer's included.
  public var hidden: Double
  /// Penalty weight of the later matrices where they act on the network's input (InputSkip only).
  public var skip: Double

  /// Makes a penalty with separate weights, each at least 0.
  public init(method: Method, input: Double, hidden: Double, skip: Double) {
    self.method = method
    self.input = input
    self.hidden = hidden
    self.skip = skip
  }

  /// Makes a penalty with one weight for all matrices.
  public init(method: Method, weight: Double) {
    self.init(method: method, input: weight, hidden: weight, skip: weight)
  }

  /// No penalty.
  public static let none = Penalty(method: .none, weight: 0)
}

/// The learning rate over a training run.
public enum LearningRate: Codable, Equatable, Sendable {
  /// The same rate at every step.
  case constant(Double)
  /// Half a cosine from the first rate at the first step to the second at the last:
  /// to + (from − to) (1 + cos πt) / 2, with t from 0 to 1.
  case cosine(from: Double, to: Double)

  private enum CodingKeys: String, CodingKey {
    case schedule, from, to
  }

  /// Reads an object with the keys of the study file.
  public init(from decoder: any Decoder) throws {
    let object = try decoder.container(keyedBy: CodingKeys.self)
    let from = try object.decode(Double.self, forKey: .from)
    switch try object.decode(Schedule.self, forKey: .schedule) {
    case .constant: self = .constant(from)
    case .cosine: self = .cosine(from: from, to: try object.decode(Double.self, forKey: .to))
    }
  }

  /// Writes an object with the keys of the study file.
  public func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .constant(let rate):
      try object.encode(Schedule.constant, forKey: .schedule)
      try object.encode(rate, forKey: .from)
    case .cosine(let from, let to):
      try object.encode(Schedule.cosine, forKey: .schedule)
      try object.encode(from, forKey: .from)
      try object.encode(to, forKey: .to)
    }
  }
}

/// The names of the schedules in files.
enum Schedule: String, Codable, CaseIterable {
  case constant, cosine
}

/// Constants of Adam (Kingma and Ba 2015, algorithm 1).
public struct AdamConstants: Codable, Equatable, Sendable {
  /// Decay of the running mean of the gradient, in [0, 1).
  public var beta1: Double
  /// Decay of the running mean of the squared gradient, in [0, 1).
  public var beta2: Double
  /// Added to the root of the second moment; positive.
  public var epsilon: Double

  /// Makes the constants; the defaults are those of the paper.
  public init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
  }
}
