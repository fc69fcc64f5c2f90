import SparseNetworks

/// One configuration of a study: architecture, penalty, optimiser and size of the training set.
package struct Variant: Codable, Equatable, Sendable {
  /// Unique name in the study: lower-case letters, digits and hyphens; used in file names.
  package var name: String
  /// Number of networks trained, each from its own seed.
  package var members: Int
  /// Widths of the hidden layers, from the first to the last.
  package var hidden: [Int]
  /// Whether the network's input is also given to every layer after the first (InputSkip).
  package var inputSkip: Bool
  /// The function of the hidden units.
  package var activation: Activation
  /// The loss of the outputs' errors, in all phases of the training.
  package var loss: Loss
  /// The l1 penalty on the weight matrices.
  package var penalty: Penalty
  /// The learning rate over the training run.
  package var learningRate: LearningRate
  /// Constants of the Adam optimiser.
  package var adam: AdamConstants
  /// Whether gradients of weights that are zero are computed only at every `screeningInterval`-th step.
  package var activeSet: Bool
  /// With `activeSet`: steps from one in which all weights may come in to the next.
  package var screeningInterval: Int
  /// How long the training is, without debiasing and pruning.
  package var length: TrainingLength
  /// Training pairs in one optimiser step; nil: ``usualBatchSize``, or the training pairs if there are fewer.
  package var batchSize: Int?
  /// Number of training trajectories used, the first ones of the dataset; all of them if nil.
  package var trainingTrajectories: Int?
  /// Weights of smaller magnitude are removed after training.
  package var pruneThreshold: Double
  /// Iterative pruning with fine-tuning after the training; none if nil.
  package var pruning: IterativePruning?
  /// Debiasing at the end; none if nil.
  package var debias: Debiasing?

  /// Makes a variant; the defaults are those of the study file.
  package init(
    name: String, members: Int = 10, hidden: [Int], inputSkip: Bool = false, activation: Activation = .relu,
    loss: Loss = .squared, penalty: Penalty = .none,
    learningRate: LearningRate = .constant(1e-3), adam: AdamConstants = AdamConstants(),
    activeSet: Bool = false,
    screeningInterval: Int = 20, length: TrainingLength = .epochs(100),
    batchSize: Int? = nil, trainingTrajectories: Int? = nil, pruneThreshold: Double = 1e-3,
    pruning: IterativePruning? = nil, debias: Debiasing? = nil
  ) {
    self.name = name
    self.members = members
    self.hidden = hidden
    self.inputSkip = inputSkip
    self.activation = activation
    self.loss = loss
    self.penalty = penalty
    self.learningRate = learningRate
    self.adam = adam
    self.activeSet = activeSet
    self.screeningInterval = screeningInterval
    self.length = length
    self.batchSize = batchSize
    self.trainingTrajectories = trainingTrajectories
    self.pruneThreshold = pruneThreshold
    self.pruning = pruning
    self.debias = debias
  }

  /// The batch size of a variant that gives none, where there are enough training pairs.
  package static let usualBatchSize = 128
}

extension Study {
  /// The study with a batch size in each variant: one that the file doesn't give is ``Variant/usualBatchSize``, or the
  /// number of training pairs of the entry's smallest training set if that is less.
  ///
  /// - Parameter pairs: the training pairs of the first trajectories, of all for nil.
  package func withBatchSizes(pairs: (_ trajectories: Int?) -> Int) -> Study {
    var copy = self
    for index in grids.indices where grids[index].base.batchSize == nil {
      let sizes =
        grids[index].trainingTrajectories.map { $0.map(Optional.some) } ?? [
          grids[index].base.trainingTrajectories
        ]
      let least = sizes.map(pairs).min() ?? 1
      copy.grids[index].base.batchSize = max(1, min(Variant.usualBatchSize, least))
    }
    return copy
  }
}
