import EnsembleStudies
import ReproducibleMath
import SparseNetworks
import StudyFiles
import TrajectoryData

/// Statistics over the members of one variant, with intervals.
package struct VariantAnalysis: Sendable {
  /// The variant.
  package let variant: Variant
  /// Index of each member that has a network.
  package let indices: [Int]
  /// Their records, in the same order.
  package let members: [TrainedMember]
  /// Members without a network.
  package let failed: Int
  /// Sizes of what is left.
  package let complexity: Complexity
  /// Errors by window.
  package let windows: [WindowAnalysis]
  /// How much depends on the initialisation.
  package let stability: Stability
  /// Structures (digests) and how many members have them, the most frequent first.
  package let structures: [(digest: String, frequency: Proportion)]
  /// Which inputs are learned.
  package let features: FeatureAnalysis
  /// The measurement noise of the outputs; nil without members, or where hidden states take part in the predictions.
  package let noise: NoiseEstimate?
  /// The ensemble's forecasts; nil without members or test trajectories.
  package let ensemble: EnsembleAccuracy?
  /// The ensemble as a model, in the report's windows; nil likewise.
  package let model: EnsembleModel?
  /// Training trajectories that were used.
  package let trainingTrajectories: Int
  /// Place in ``members`` of the member whose median error over the whole horizon is the median one.
  package let typicalMember: Int?

  /// The last window that was given: the whole horizon.
  package var horizon: WindowAnalysis { windows[windows.count - 1] }
  /// Whether the training had a penalty.
  package var isPenalised: Bool {
    variant.penalty.isPresent
  }
}

/// Sizes of the pruned networks of a variant: means over members with intervals.
package struct Complexity: Sendable {
  /// Weights of the network before training.
  package let dense: Int
  /// Weights left, which is also the multiply-adds of an evaluation.
  package let weights: Interval?
  /// Weights left over weights before.
  package let fraction: Interval?
  /// Hidden units left.
  package let units: Interval?
  /// Hidden layers in which a unit is left.
  package let layers: Interval?
  /// Bytes of values and indices.
  package let bytes: Interval?
  /// Weights left, of each member.
  package let byMember: [Int]

  init(_ members: [TrainedMember], replicates: Int) {
    let bootstrap = TwoWayBootstrap(members: max(1, members.count), replicates: replicates)
    let dense = members.first?.weightsBefore.reduce(0, +) ?? 0
    func mean(_ value: (TrainedMember) -> Int) -> Interval? {
      members.isEmpty ? nil : bootstrap.mean(of: members.map { Double(value($0)) })
    }
    self.dense = dense
    byMember = members.map { $0.weightsLeft.reduce(0, +) }
    weights = mean { $0.weightsLeft.reduce(0, +) }
    fraction = dense > 0 ? weights?.mapped { $0 / Double(dense) } : nil
    units = mean { $0.unitsLeft.reduce(0, +) }
    layers = mean { $0.unitsLeft.count { $0 > 0 } }
    bytes = mean(\.bytesLeft)
  }
}

/// Errors and blow-ups of a variant in one window.
package struct WindowAnalysis: Sendable {
  /// The window of steps.
  package let window: ForecastWindow
  /// The errors (AN-RFMAE), members by trajectories.
  package let errors: ForecastErrorMatrix
  /// Forecasts that blew up, with Wilson's interval, which takes forecasts as independent.
  package let blowUps: Proportion
  /// The same rate with the interval of the two-way bootstrap.
  package let blowUpRate: Interval?
  /// Quantiles 5, 25, 50, 75, 95 % of forecasts that did not blow up, each with its interval.
  package let quantiles: [Interval?]
  /// The median.
  package var median: Interval? { quantiles[2] }

  init(_ errors: ForecastErrorMatrix, window: ForecastWindow, bootstrap: TwoWayBootstrap?) {
    (self.window, self.errors, blowUps) = (window, errors, errors.blowUps)
    blowUpRate = bootstrap?.interval(errors.blowUpRate)
    quantiles = EnsembleForecast.probabilities.map { p in bootstrap?.interval { errors.quantile(p, $0) } }
  }
}

/// How much the result depends on the initialisation.
package struct Stability: Sendable {
  /// Training loss of the last epoch of each member.
  package let losses: [Double]
  /// Mean of it.
  package let loss: Interval?
  /// Standard deviation of it over members, relative to the mean.
  package let lossVariation: Interval?
  /// Median error over the whole horizon of each member; nil if all its forecasts blew up.
  package let memberMedians: [Double?]
  /// Standard deviation over members of the decadic logarithm of that: 0.1 is about a quarter up or down.
  package let errorSpread: Interval?
  /// Members of which at least one forecast blew up.
  package let membersWithBlowUps: Proportion

  init(_ members: [TrainedMember], horizon: ForecastErrorMatrix, replicates: Int) {
    losses = members.map(\.trainingLoss)
    memberMedians = horizon.memberMedians
    membersWithBlowUps = horizon.membersWithBlowUps
    let bootstrap = TwoWayBootstrap(members: max(1, members.count), replicates: replicates)
    let losses = losses
    loss = members.isEmpty ? nil : bootstrap.mean(of: losses)
    lossVariation = bootstrap.interval { draw in
      let total = draw.members.reduce(0, +)
      let mean = zip(losses, draw.members).reduce(0) { $0 + $1.0 * $1.1 } / total
      guard losses.count >= 2, mean > 0 else { return nil }
      return TwoWayBootstrap.deviation(of: losses, weights: draw.members).map { $0 / mean }
    }
    errorSpread = Self.spread(memberMedians, bootstrap)
  }

  private static func spread(_ medians: [Double?], _ bootstrap: TwoWayBootstrap) -> Interval? {
    bootstrap.interval { logarithmicSpread(medians, $0.members) }
  }

  /// The standard deviation of the decadic logarithms of those values that are there.
  static func logarithmicSpread(_ medians: [Double?], _ weights: [Double]) -> Double? {
    var (logs, counts): ([Double], [Double]) = ([], [])
    for (median, weight) in zip(medians, weights) {
      guard let median, median > 0 else { continue }
      logs.append(decadicLogarithm(median))
      counts.append(weight)
    }
    return logs.count >= 2 ? TwoWayBootstrap.deviation(of: logs, weights: counts) : nil
  }
}

/// The decadic logarithm, the same bits on every host.
func decadicLogarithm(_ x: Double) -> Double { Reproducible.log(x) / 2.302585092994046 }
