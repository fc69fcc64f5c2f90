import DynamicalSystems
import EnsembleStudies
import SparseNetworks

/// What the members of one variant say together, with intervals.
public struct VariantAnalysis: Sendable {
  /// The variant.
  public let variant: Variant
  /// Index of each member that has a network.
  public let indices: [Int]
  /// Their records, in the same order.
  public let members: [TrainedMember]
  /// Members without a network.
  public let failed: Int
  /// Sizes of what is left.
  public let complexity: Complexity
  /// Errors by window.
  public let windows: [WindowAnalysis]
  /// How much depends on the initialisation.
  public let stability: Stability
  /// Structures (digests) and how many members have them, the most frequent first.
  public let structures: [(digest: String, frequency: Proportion)]
  /// Which inputs are learned.
  public let features: FeatureAnalysis
  /// The ensemble's forecasts; nil without members or test trajectories.
  public let ensemble: EnsembleAccuracy?
  /// Training trajectories that were used.
  public let trainingTrajectories: Int
  /// Place in ``members`` of the member whose median error over the whole horizon is the median one.
  public let typicalMember: Int?

  /// The last window that was given: the whole horizon.
  public var horizon: WindowAnalysis { windows[windows.count - 1] }
  /// Whether the training had a penalty.
  public var isPenalised: Bool {
    variant.penalty.input > 0 || variant.penalty.hidden > 0 || variant.penalty.skip > 0
  }
}

/// Sizes of the pruned networks of a variant: means over members with intervals.
public struct Complexity: Sendable {
  /// Weights of the network before training.
  public let dense: Int
  /// Weights left, which is also the multiply-adds of an evaluation.
  public let weights: Interval?
  /// Weights left over weights before.
  public let fraction: Interval?
  /// Hidden units left.
  public let units: Interval?
  /// Hidden layers in which a unit is left.
  public let layers: Interval?
  /// Bytes of values and indices.
  public let bytes: Interval?
  /// Weights left, of each member.
  public let byMember: [Int]

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
public struct WindowAnalysis: Sendable {
  /// The window of steps.
  public let window: ForecastWindow
  /// The errors (AN-RFMAE), members by trajectories.
  public let errors: ForecastErrors
  /// Forecasts that blew up, with Wilson's interval, which takes forecasts as independent.
  public let blowUps: Proportion
  /// The same rate with the interval of the two-way bootstrap.
  public let blowUpRate: Interval?
  /// Quantiles 5, 25, 50, 75, 95 % of forecasts that did not blow up, each with its interval.
  public let quantiles: [Interval?]
  /// The median.
  public var median: Interval? { quantiles[2] }

  init(_ errors: ForecastErrors, window: ForecastWindow, bootstrap: TwoWayBootstrap?) {
    (self.window, self.errors, blowUps) = (window, errors, errors.blowUps)
    blowUpRate = bootstrap?.interval(errors.blowUpRate)
    quantiles = EnsembleForecast.probabilities.map { p in bootstrap?.interval { errors.quantile(p, $0) } }
  }
}

/// How much the result depends on the initialisation.
public struct Stability: Sendable {
  /// Training loss of the last epoch of each member.
  public let losses: [Double]
  /// Mean of it.
  public let loss: Interval?
  /// Standard deviation of it over members, relative to the mean.
  public let lossVariation: Interval?
  /// Median error over the whole horizon of each member; nil if all its forecasts blew up.
  public let memberMedians: [Double?]
  /// Standard deviation over members of the decadic logarithm of that: 0.1 is about a quarter up or down.
  public let errorSpread: Interval?
  /// Members of which at least one forecast blew up.
  public let membersWithBlowUps: Proportion

  init(_ members: [TrainedMember], horizon: ForecastErrors, replicates: Int) {
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
