import SparseNetworks

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
  /// Whether gradients of weights that are zero are computed only at every `screeningInterval`-th step.
  public var activeSet: Bool
  /// With `activeSet`: steps from one in which all weights may come in to the next.
  public var screeningInterval: Int
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
    learningRate: LearningRate = .constant(1e-3), adam: AdamConstants = AdamConstants(),
    activeSet: Bool = false,
    screeningInterval: Int = 20, epochs: Int = 100,
    batchSize: Int = 128, trainingTrajectories: Int? = nil, pruneThreshold: Double = 1e-3
  ) {
    self.name = name
    self.members = members
    self.hidden = hidden
    self.inputSkip = inputSkip
    self.penalty = penalty
    self.learningRate = learningRate
    self.adam = adam
    self.activeSet = activeSet
    self.screeningInterval = screeningInterval
    self.epochs = epochs
    self.batchSize = batchSize
    self.trainingTrajectories = trainingTrajectories
    self.pruneThreshold = pruneThreshold
  }
}
