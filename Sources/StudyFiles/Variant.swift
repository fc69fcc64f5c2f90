import SparseNetworks

/// One configuration of a study: architecture, penalty, optimiser and size of the training set.
package struct Variant: Codable, Equatable, Sendable {
  /// Unique name in the study: lower-case letters, digits and hyphens; used in file names.
  package var name: String
  /// Number of networks trained, each from its own seed.
  package var members: Int
  /// How many past rows of the outputs and inputs the network sees.
  package var lags: Lags
  /// Dead time of each input in rows, at least 0; 0 of those without a number.
  package var deadTime: SignalCounts
  /// Whether the network sees the inputs of the row that it predicts.
  package var inputAtOutput: Bool
  /// Number of states that the network feeds back and that no data are compared with.
  package var hiddenStates: Int
  /// Measured rows in which hidden states settle, or by which they are estimated.
  package var washout: Int
  /// How hidden states start; nil: from zero, or with whole runs as a horizon estimated.
  package var initialState: InitialState?
  /// Widths of the hidden layers, from the first to the last.
  package var hidden: [Int]
  /// Whether the network's input is also given to every layer after the first (InputSkip).
  package var inputSkip: Bool
  /// The function of the hidden units.
  package var activation: Activation
  /// How an output's error counts, in all phases of the training.
  package var loss: Loss
  /// Whose error is made small, in phases without a loss of their own.
  package var lossMethod: LossMethod
  /// With the next row's error: over how many steps, and in which form.
  package var oneStep: OneStepLoss
  /// With the simulation's error: over which horizon, and how.
  package var simulation: SimulationTraining
  /// The weights of the outputs in the loss, by name, greater than 0; 1 of the others.
  package var outputWeights: [String: Double]?
  /// The penalty on the weight matrices.
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
  /// Training pairs in one optimiser step; nil: `usualBatchSize`, or the training pairs if there are fewer.
  package var batchSize: Int?
  /// Number of training trajectories used, the first ones of the dataset; all of them if nil.
  package var trainingTrajectories: Int?
  /// Weights of smaller magnitude are removed after training.
  package var pruneThreshold: Double
  /// Iterative pruning with fine-tuning after the training; none if nil.
  package var pruning: IterativePruning?
  /// Debiasing at the end; none if nil.
  package var debias: Debiasing?
  /// The second-order training at the end; none if nil.
  package var finish: Finish?
  /// Steps of the last phase from one forecast of the validation trajectories to the next, of which the best weights are kept;
  /// the last weights if nil.
  package var validationInterval: Int?
  /// Blocks of the training trajectories that are left out in turn to judge the variant's settings; none if nil.
  package var validationBlocks: Int?

  /// Makes a variant; the defaults are those of the study file.
  package init(
    name: String, members: Int = 10, lags: Lags = Lags(), deadTime: SignalCounts = .all(0),
    inputAtOutput: Bool = false, hiddenStates: Int = 0, washout: Int = 50, initialState: InitialState? = nil,
    hidden: [Int], inputSkip: Bool = false, activation: Activation = .relu,
    loss: Loss = .squared, lossMethod: LossMethod = .oneStep, oneStep: OneStepLoss = OneStepLoss(),
    simulation: SimulationTraining = SimulationTraining(),
    outputWeights: [String: Double]? = nil, penalty: Penalty = .none,
    learningRate: LearningRate = .constant(1e-3), adam: AdamConstants = AdamConstants(),
    activeSet: Bool = false,
    screeningInterval: Int = 20, length: TrainingLength = .epochs(100),
    batchSize: Int? = nil, trainingTrajectories: Int? = nil, pruneThreshold: Double = 1e-3,
    pruning: IterativePruning? = nil, debias: Debiasing? = nil, finish: Finish? = nil,
    validationInterval: Int? = nil, validationBlocks: Int? = nil
  ) {
    self.name = name
    self.members = members
    self.lags = lags
    self.deadTime = deadTime
    self.inputAtOutput = inputAtOutput
    self.hiddenStates = hiddenStates
    self.washout = washout
    self.initialState = initialState
    self.hidden = hidden
    self.inputSkip = inputSkip
    self.activation = activation
    self.loss = loss
    self.lossMethod = lossMethod
    self.oneStep = oneStep
    self.simulation = simulation
    self.outputWeights = outputWeights
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
    self.finish = finish
    self.validationInterval = validationInterval
    self.validationBlocks = validationBlocks
  }
}

extension Variant {
  /// How its hidden states start.
  package var startOfHiddenStates: InitialState {
    initialState ?? (simulatesWholeRuns ? .estimated : .washout)
  }

  /// The batch size of a variant that gives none, where there are enough training pairs.
  package static let usualBatchSize = 128
}

extension Variant {
  /// The loss of phases that have none of their own.
  package var phaseLoss: PhaseLoss { PhaseLoss(method: lossMethod, oneStep: oneStep, simulation: simulation) }
}

extension Study {
  /// The study with a batch size in each variant: one that the file doesn't give is ``Variant/usualBatchSize``, or the
  /// number of training pairs of the entry's smallest training set if that is less.
  ///
  /// - Parameter pairs: the training pairs of a variant; nil if they aren't known.
  package func withBatchSizes(pairs: (Variant) -> Int?) -> Study {
    var copy = self
    for index in grids.indices where grids[index].base.batchSize == nil {
      // A simulation's batches are of windows, of which there are always enough.
      let isOneStep = grids[index].base.lossMethod == .oneStep
      let least = isOneStep ? grids[index].variants.compactMap(pairs).min() : nil
      copy.grids[index].base.batchSize = max(1, min(Variant.usualBatchSize, least ?? .max))
    }
    return copy
  }
}
