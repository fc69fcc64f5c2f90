import SparseNetworks

/// The last training phase: without penalty, under the fixed mask of the remaining weights. It removes the bias towards
/// zero that the penalty gave them.
///
/// Source: the relaxed lasso (Meinshausen 2007) for linear models.
package struct Debiasing: Codable, Equatable, Sendable {
  /// Length of the phase.
  package var length: TrainingLength
  /// The learning rate over this phase.
  package var learningRate: LearningRate
  /// Training pairs in one optimiser step; the variant's if nil.
  package var batchSize: Int?
  /// The loss of this phase; the variant's if nil.
  package var loss: PhaseLoss?

  /// Debiasing of given length and rate.
  package init(
    length: TrainingLength, learningRate: LearningRate, batchSize: Int? = nil, loss: PhaseLoss? = nil
  ) {
    (self.length, self.learningRate, self.batchSize, self.loss) = (length, learningRate, batchSize, loss)
  }
}

/// Iterative pruning after the penalised training: in each round the least important weights over all layers are
/// dropped, and the others are fine-tuned without penalty under a fixed mask.
///
/// Sources: Han et al. (2015) for the iteration, Zhu & Gupta (2017) for how many are dropped in which round.
package struct IterativePruning: Codable, Equatable, Sendable {
  /// Weights left after the last round.
  package var weights: Int
  /// Rounds of dropping and fine-tuning.
  package var rounds: Int
  /// Which weights are dropped.
  package var criterion: PruningCriterion
  /// How long each round's fine-tuning is.
  package var length: TrainingLength
  /// The learning rate over each round's fine-tuning.
  package var learningRate: LearningRate
  /// Training pairs in one optimiser step; the variant's if nil.
  package var batchSize: Int?
  /// The loss of this phase; the variant's if nil.
  package var loss: PhaseLoss?

  /// With the optimal brain surgeon: iterations of the finish after each round but the last, which has all of the finish's.
  package var iterations: Int

  /// Pruning of given size, rounds, length and rate.
  package init(
    weights: Int, rounds: Int = 5, criterion: PruningCriterion = .magnitude, length: TrainingLength,
    learningRate: LearningRate, batchSize: Int? = nil, loss: PhaseLoss? = nil, iterations: Int = 15
  ) {
    self.iterations = iterations
    self.weights = weights
    self.rounds = rounds
    self.criterion = criterion
    self.length = length
    self.learningRate = learningRate
    self.batchSize = batchSize
    self.loss = loss
  }
}
