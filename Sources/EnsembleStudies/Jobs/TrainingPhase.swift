import SparseNetworks

/// A phase of a member's training. After the penalised ones a phase drops weights and trains the others without penalty
/// under a fixed mask.
package struct TrainingPhase: Equatable, Sendable {
  /// Whether it trains on with all weights and the penalty, as after a start on one step's error.
  package var isPenalised: Bool
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
  package init(keep: Keep? = nil, isPenalised: Bool = false, settings: TrainingSettings) {
    (self.keep, self.isPenalised, self.settings) = (keep, isPenalised, settings)
  }
}

extension TrainingPhase: Codable {
  private enum CodingKeys: String, CodingKey { case keep, isPenalised, settings }

  /// Decodes a phase; without isPenalised it is not.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      keep: try container.decodeIfPresent(Keep.self, forKey: .keep),
      isPenalised: try container.decodeIfPresent(Bool.self, forKey: .isPenalised) ?? false,
      settings: try container.decode(TrainingSettings.self, forKey: .settings))
  }

  /// Encodes a phase; isPenalised only if it is: jobs are known by these bytes.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(keep, forKey: .keep)
    if isPenalised { try container.encode(true, forKey: .isPenalised) }
    try container.encode(settings, forKey: .settings)
  }
}

extension TrainingPhase {
  /// The weights with which this phase begins, of those that the phase before it ended with: those of smaller magnitude
  /// than `threshold` are dropped, then the least important until as many are left as `keep` says.
  func masked(
    _ parameters: NetworkParameters, threshold: Float, samples: () -> TrainingSamples
  ) -> NetworkParameters {
    if isPenalised { return parameters }
    let left = parameters.thresholded(threshold)
    guard let keep else { return left }
    let count = keep.count(of: left.nonzeroWeightCount)
    return left.keeping(count, by: keep.criterion, samples: samples()).thresholded(0)
  }
}

extension TrainingPhase.Keep {
  /// How many of so many weights are kept in this round.
  func count(of weights: Int) -> Int {
    PruningSchedule.weights(of: weights, target: self.weights, roundsAfter: roundsAfter)
  }
}
