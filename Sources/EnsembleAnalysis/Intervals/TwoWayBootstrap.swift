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
  /// Every member and every trajectory once: the study as it is.
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

  /// The 95 % interval of a statistic; nil if it has no value for the study as it is. Replicates without a value
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
