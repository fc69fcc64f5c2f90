import SparseNetworks

/// A phase of a member's training. After the first, the penalised one, a phase drops weights and trains the others
/// without penalty under a fixed mask.
package struct TrainingPhase: Codable, Equatable, Sendable {
  /// Weights that are kept, over all layers together; nil: all that the phase before it left.
  package var keep: Keep?
  /// How those are trained; in a later phase without penalty.
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

  /// A phase of given values.
  package init(keep: Keep? = nil, settings: TrainingSettings) {
    (self.keep, self.settings) = (keep, settings)
  }
}

extension TrainingPhase {
  /// The weights with which this phase begins, of those that the phase before it ended with: those of smaller magnitude
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
