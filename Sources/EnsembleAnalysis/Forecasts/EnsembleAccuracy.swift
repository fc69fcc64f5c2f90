import EnsembleStudies
import TrajectoryData

/// How good the forecasts of an ensemble are, over test trajectories: its median's error beside its members', the
/// coverage of its bands, and its calibration.
package struct EnsembleAccuracy: Sendable {
  /// What one trajectory says.
  struct Record: Sendable {
    var ensembleError: Double
    var ensembleBlewUp: Bool
    var memberErrors: [Double?]
    var excluded: Int
    /// By bin of the level that a central interval needs to contain the truth; the last: no interval does.
    var levels: [Int]
  }

  /// Bins of the calibration: levels of 5, 10 … 100 %.
  package static let levels = (1...20).map { Double($0) / 20 }

  /// Number of members.
  package let members: Int
  var records: [Record] = []
  /// Index in the test set of each trajectory; empty where they come from elsewhere.
  package internal(set) var indices: [Int] = []

  /// No trajectory yet.
  package init(members: Int) { self.members = members }

  /// Adds a test trajectory.
  ///
  /// - Parameters:
  ///   - forecasts: one a member, row-major [rows x states]; row 0 is given.
  ///   - truth: as large.
  ///   - deviations: σ of each state over the training set.
  package mutating func add(_ forecasts: [[Double]], truth: [Double], deviations: [Double]) {
    let n = deviations.count
    var levels = [Int](repeating: 0, count: Self.levels.count + 1)
    let forecast = EnsembleForecast(forecasts, deviations: deviations) { row, sorted in
      guard row > 0 else { return }
      for state in 0..<n where !truth[row * n + state].isNaN {
        levels[Self.bin(of: truth[row * n + state], in: sorted[state])] += 1
      }
    }
    let rows = truth.count / n
    let medians = (0..<rows).flatMap { row in (0..<n).map { forecast.median(row: row, state: $0) } }
    let window = [ForecastWindow(from: 0, to: max(1, rows - 1))]
    func error(_ values: [Double]) -> ForecastError? {
      ForecastError.errors(of: values, truth: truth, deviations: deviations, windows: window).first
    }
    let ensemble = error(medians)
    records.append(
      Record(
        ensembleError: ensemble?.meanAbsolute ?? .infinity, ensembleBlewUp: ensemble?.blewUp ?? true,
        memberErrors: forecasts.map { values in
          error(values).flatMap { $0.blewUp ? nil : $0.meanAbsolute }
        }, excluded: forecast.leftAt.count { $0 != nil }, levels: levels))
  }

  /// The bin of the least level at which the central interval (type 7) of the values contains a number.
  static func bin(of truth: Double, in sorted: [Double]) -> Int {
    guard let first = sorted.first, let last = sorted.last, truth >= first, truth <= last, sorted.count > 1
    else {
      return levels.count
    }
    var index = 0
    while index + 2 < sorted.count, sorted[index + 1] <= truth { index += 1 }
    let (low, high) = (sorted[index], sorted[index + 1])
    let fraction = high > low ? (truth - low) / (high - low) : 0
    let level = abs(2 * (Double(index) + fraction) / Double(sorted.count - 1) - 1)
    return min(levels.count - 1, max(0, Int((level * Double(levels.count) - 1e-9).rounded(.down))))
  }
}

extension EnsembleAccuracy {
  /// Number of trajectories.
  package var trajectories: Int { records.count }
  /// Forecasts of members that left the ensemble, of all.
  package var excluded: Proportion {
    Proportion(records.reduce(0) { $0 + $1.excluded }, of: records.count * members)
  }
  /// Trajectories for which the ensemble's median itself blew up.
  package var blowUps: Proportion { Proportion(records.count { $0.ensembleBlewUp }, of: records.count) }

  /// What a central interval of a level would cover if the truth were one more member: with M members, quantiles of
  /// type 7 hold level · (M − 1) / (M + 1), exactly for uniform and nearly for other distributions.
  package func exchangeableCoverage(_ level: Double) -> Double {
    level * Double(members - 1) / Double(members + 1)
  }

  /// The share of states and rows that the central interval of each of ``levels`` contains, with its interval over
  /// trajectories. O(replicates x trajectories x levels).
  package func coverage(replicates: Int = 1000) -> [Interval?] {
    guard !records.isEmpty else { return Self.levels.map { _ in nil } }
    let bootstrap = TwoWayBootstrap(members: 1, trajectories: records.count, replicates: replicates)
    let totals = records.map { Double($0.levels.reduce(0, +)) }
    return Self.levels.indices.map { level in
      let inside = records.map { Double($0.levels[...level].reduce(0, +)) }
      return bootstrap.interval { draw in
        let all = zip(totals, draw.trajectories).reduce(0) { $0 + $1.0 * $1.1 }
        return all > 0 ? zip(inside, draw.trajectories).reduce(0) { $0 + $1.0 * $1.1 } / all : nil
      }
    }
  }

  /// Median error of the ensemble's forecasts over trajectories (those that did not blow up), and of its members', and
  /// the ratio of the two, on the same rows. O(replicates x forecasts).
  package func errors(replicates: Int = 1000) -> (ensemble: Interval?, members: Interval?, ratio: Interval?) {
    guard !records.isEmpty else { return (nil, nil, nil) }
    let bootstrap = TwoWayBootstrap(members: members, trajectories: records.count, replicates: replicates)
    let ensemble = ForecastErrorMatrix(
      members: 1, trajectories: records.count,
      errors: records.map { $0.ensembleBlewUp ? nil : $0.ensembleError })
    let single = ForecastErrorMatrix(
      members: members, trajectories: records.count,
      errors: (0..<members).flatMap { member in records.map { $0.memberErrors[member] } })
    func ofEnsemble(_ draw: TwoWayBootstrap.Draw) -> Double? {
      ensemble.quantile(0.5, .init(members: [1], trajectories: draw.trajectories))
    }
    return (
      bootstrap.interval(ofEnsemble), bootstrap.interval { single.quantile(0.5, $0) },
      bootstrap.interval { draw in
        guard let a = ofEnsemble(draw), let b = single.quantile(0.5, draw), b > 0 else { return nil }
        return a / b
      }
    )
  }
}

extension EnsembleAccuracy {
  /// The ensemble's error on each trajectory; infinite where it isn't finite.
  package var trajectoryErrors: [Double] { records.map(\.ensembleError) }
}
