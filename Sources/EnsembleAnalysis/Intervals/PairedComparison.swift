import EnsembleStudies

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
