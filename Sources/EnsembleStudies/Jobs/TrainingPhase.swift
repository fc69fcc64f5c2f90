import SparseNetworks

/// A part of a member's training after the penalised one: weights are dropped, and what is left is trained without
/// penalty under a fixed mask.
package struct TrainingPhase: Codable, Equatable, Sendable {
  /// Weights that are kept, over all layers together; nil: all that the part before it left.
  package var keep: Keep?
  /// How those are trained; the penalty is none.
  package var settings: TrainingSettings

  /// A number of weights to come down to in some rounds.
  package struct Keep: Codable, Equatable, Sendable {
    /// Weights left after the last round; >= 0.
    package var weights: Int
    /// Rounds that follow this one; 0 in the last.
    package var roundsAfter: Int
    /// Which are dropped.
    package var criterion: PruningCriterion

    /// A target of given values.
    package init(weights: Int, roundsAfter: Int, criterion: PruningCriterion = .magnitude) {
      (self.weights, self.roundsAfter, self.criterion) = (weights, roundsAfter, criterion)
    }
  }

  /// A part of given values.
  package init(keep: Keep? = nil, settings: TrainingSettings) {
    (self.keep, self.settings) = (keep, settings)
  }
}

extension TrainingPhase {
  /// The weights with which this part begins, of those that the part before it ended with: those of smaller magnitude
  /// than `threshold` are dropped, then the least important until as many are left as `keep` says.
  func masked(
    _ parameters: NetworkParameters, threshold: Float, samples: TrainingSamples
  ) -> NetworkParameters {
    let left = parameters.thresholded(threshold)
    guard let keep else { return left }
    let count = PruningSchedule.weights(
      of: left.nonzeroWeightCount, target: keep.weights, roundsAfter: keep.roundsAfter)
    return left.keeping(count, by: keep.criterion, samples: samples).thresholded(0)
  }
}
