import EnsembleStudies
import ReproducibleMath

/// Bootstrap over two crossed factors: members of an ensemble and test trajectories.
///
/// In each replicate the members and, independently, the trajectories are drawn with replacement; every pair of a drawn
/// member and a drawn trajectory counts. It respects that all forecasts of a member share its weights and all
/// forecasts of a trajectory its difficulty, which resampling single forecasts would ignore; it is slightly
/// conservative (Owen, "The pigeonhole bootstrap", Annals of Applied Statistics 1, 2007, 386–411). Intervals are
/// percentile intervals of type 7. Used on two variants at once with the same draws it is a paired bootstrap.
package struct TwoWayBootstrap: Sendable {
  /// How often each member and each trajectory was drawn in a replicate.
  package struct Draw: Sendable {
    /// [members]
    package var members: [Double]
    /// [trajectories]
    package var trajectories: [Double]
  }

  /// The replicates.
  package let draws: [Draw]
  /// Every member and every trajectory once: the study without resampling.
  package let whole: Draw

  /// Draws the replicates: the same for the same numbers. O(replicates x (members + trajectories)).
  ///
  /// - Parameters:
  ///   - members: number of members, at least 1.
  ///   - trajectories: number of trajectories, at least 1; with 1 it is a bootstrap over members alone.
  ///   - replicates: how many; 1,000 by default.
  ///   - seed: seed of the random stream.
  package init(members: Int, trajectories: Int = 1, replicates: Int = 1000, seed: UInt64 = 1) {
    draws = (0..<replicates).map { replicate in
      var stream = RandomStream(seed: seed, purpose: .bootstrap, index: UInt32(replicate))
      return Draw(
        members: Self.counts(members, &stream), trajectories: Self.counts(trajectories, &stream))
    }
    whole = Draw(
      members: .init(repeating: 1, count: members), trajectories: .init(repeating: 1, count: trajectories))
  }

  private static func counts(_ count: Int, _ stream: inout RandomStream) -> [Double] {
    var counts = [Double](repeating: 0, count: count)
    if count == 1 { return [1] }
    for _ in 0..<count { counts[stream.integer(in: 0...count - 1)] += 1 }
    return counts
  }

  /// The 95 % interval of a statistic; nil if the study itself gives no value. Replicates without a value
  /// are left out.
  package func interval(_ statistic: (Draw) -> Double?) -> Interval? {
    guard let estimate = statistic(whole) else { return nil }
    let values = draws.compactMap(statistic).filter { !$0.isNaN }.sorted()
    return Interval(
      estimate, Quantiles.quantile(0.025, ofSorted: values) ?? estimate,
      Quantiles.quantile(0.975, ofSorted: values) ?? estimate)
  }

  /// The mean over members of a value of each, and its interval over members. O(replicates x members).
  package func mean(of values: [Double]) -> Interval? {
    interval { draw in
      let total = draw.members.reduce(0, +)
      return total > 0 ? zip(values, draw.members).reduce(0) { $0 + $1.0 * $1.1 } / total : nil
    }
  }

  /// The sample standard deviation over members of a value of each. O(replicates x members).
  package func deviation(of values: [Double]) -> Interval? {
    interval { draw in Self.deviation(of: values, weights: draw.members) }
  }

  static func deviation(of values: [Double], weights: [Double]) -> Double? {
    let total = weights.reduce(0, +)
    guard total > 1 else { return nil }
    let mean = zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 } / total
    let squares = zip(values, weights).reduce(0) { $0 + $1.1 * ($1.0 - mean) * ($1.0 - mean) }
    return (squares / (total - 1)).squareRoot()
  }
}

/// An estimate and an interval that is to hold the true value in 95 of 100 repetitions of the study.
package struct Interval: Codable, Equatable, Sendable {
  /// The estimate from the study itself, without resampling.
  package var estimate: Double
  /// Lower end.
  package var lower: Double
  /// Upper end.
  package var upper: Double

  /// An interval.
  package init(_ estimate: Double, _ lower: Double, _ upper: Double) {
    (self.estimate, self.lower, self.upper) = (estimate, lower, upper)
  }

  /// All three mapped by a monotonically increasing function.
  package func mapped(_ map: (Double) -> Double) -> Interval {
    Interval(map(estimate), map(lower), map(upper))
  }
}

/// Two variants compared forecast by forecast: member k of both began from the same seed, and the trajectories are the
/// same, so that what the two share cancels out.
package struct PairedComparison: Codable, Equatable, Sendable {
  /// Members that both variants have.
  package var members: Int
  /// Median error of the first over that of the second, of forecasts that did not blow up; below 1: the first is
  /// better. Nil if one has no such forecast.
  package var medianRatio: Interval?
  /// Blow-up rate of the first minus that of the second.
  package var blowUpDifference: Interval?
  /// Share of pairs in which the first has the smaller error; a forecast that blew up loses, ties count half. It is
  /// free of the bias of comparing only what survived.
  package var superiority: Interval?

  /// Compares two tables with the same members (at least one) and trajectories in the same order.
  /// O(replicates x forecasts).
  package init(_ first: ForecastErrorMatrix, _ second: ForecastErrorMatrix, bootstrap: TwoWayBootstrap) {
    precondition(first.members == second.members && first.trajectories == second.trajectories)
    members = first.members
    medianRatio = bootstrap.interval { draw in
      guard let a = first.quantile(0.5, draw), let b = second.quantile(0.5, draw), b > 0 else { return nil }
      return a / b
    }
    blowUpDifference = bootstrap.interval { draw in
      guard let a = first.blowUpRate(draw), let b = second.blowUpRate(draw) else { return nil }
      return a - b
    }
    let scores = zip(first.errors, second.errors).map(Self.score)
    superiority = bootstrap.interval { draw in
      var (won, all) = (0.0, 0.0)
      for member in 0..<first.members where draw.members[member] > 0 {
        for trajectory in 0..<first.trajectories {
          guard let score = scores[member * first.trajectories + trajectory] else { continue }
          let weight = draw.members[member] * draw.trajectories[trajectory]
          won += weight * score
          all += weight
        }
      }
      return all > 0 ? won / all : nil
    }
  }

  private static func score(_ first: Double?, _ second: Double?) -> Double? {
    switch (first, second) {
    case (let a?, let b?): a.isNaN || b.isNaN ? nil : a < b ? 1 : a > b ? 0 : 0.5
    case (nil, nil): 0.5
    case (nil, let b?): b.isNaN ? nil : 0
    case (let a?, nil): a.isNaN ? nil : 1
    }
  }
}
