import EnsembleStudies
import TrajectoryData

/// An ensemble as a model of its own: the errors of the median and of the mean of its members' forecasts, beside those of
/// its members, on the same test trajectories.
///
/// A member that runs away leaves the ensemble as ``EnsembleForecast`` says, so that it spoils neither median nor mean.
package struct EnsembleModel: Codable, Equatable, Sendable {
  /// Name of the variant.
  package var variant: String
  /// Members with a network.
  package var members: Int
  /// Test trajectories on which it was judged.
  package var trajectories: Int
  /// Forecasts of members that left the ensemble, of all.
  package var excluded: Proportion
  /// Errors by window, in the order of the study.
  package var windows: [Window]
  /// Root-mean-square errors on each test trajectory alone, in the order of the windows; where there are few.
  package var byTrajectory: [[[Output]]]?

  /// Errors in one window.
  package struct Window: Codable, Equatable, Sendable {
    /// The window of steps.
    package var window: ForecastWindow
    /// Of the median of the members' forecasts, over trajectories.
    package var median: Errors
    /// Of their mean.
    package var mean: Errors
    /// Of the members' own forecasts, over members and trajectories.
    package var byMember: Errors
    /// Root-mean-square errors of each output in its unit.
    package var outputs: [Output]
  }

  /// Errors of forecasts.
  package struct Errors: Codable, Equatable, Sendable {
    /// AN-RFMAE of the forecasts that did not blow up.
    package var meanAbsolute: Spread
    /// Forecasts that blew up, of all.
    package var blowUps: Proportion

    init(_ errors: [ForecastError]) {
      meanAbsolute = Spread(of: errors.filter { !$0.blewUp }.map(\.meanAbsolute))
      blowUps = Proportion(errors.count(where: \.blewUp), of: errors.count)
    }
  }

  /// The root-mean-square error of one output over all rows of the window in all trajectories; null in JSON where a forecast
  /// is not finite.
  package struct Output: Codable, Equatable, Sendable {
    /// Name of the state.
    package var output: String
    /// Of the median of the members' forecasts, in the output's unit.
    package var median: Double?
    /// Of their mean.
    package var mean: Double?
    /// Of the best member, the quartiles, and the worst.
    package var byMember: Quartiles
  }

  /// Five numbers of the members.
  package struct Quartiles: Codable, Equatable, Sendable {
    package var best, lower, median, upper, worst: Double?

    private enum CodingKeys: String, CodingKey { case best, lower, median, upper, worst }

    init(of values: [Double]) {
      let quantiles = Quantiles.quantiles([0, 0.25, 0.5, 0.75, 1], of: values)
      (best, lower, median) = (quantiles[0], quantiles[1], quantiles[2])
      (upper, worst) = (quantiles[3], quantiles[4])
    }

    /// Writes every key, null where there is no finite value.
    package func encode(to encoder: any Encoder) throws {
      var object = encoder.container(keyedBy: CodingKeys.self)
      let values = [best, lower, median, upper, worst]
      for (key, value) in zip([CodingKeys.best, .lower, .median, .upper, .worst], values) {
        if let value, value.isFinite {
          try object.encode(value, forKey: key)
        } else {
          try object.encodeNil(forKey: key)
        }
      }
    }
  }
}

/// Gathers the errors of an ensemble, trajectory by trajectory.
package struct EnsembleModelErrors {
  private let windows: [ForecastWindow]
  private let outputs: [String]
  private let members: Int
  private var excluded = 0
  private var trajectories = 0
  /// By forecaster: the median, the mean, then the members.
  private var errors: [[[ForecastError]]]
  private var squares: [[[Double]]]
  /// Rows with a measured value, by window and state.
  private var rows: [[Int]]
  /// Trajectories of which each has errors of its own, at most.
  private static let few = 4
  private var outputsByTrajectory: [[[EnsembleModel.Output]]] = []

  /// No trajectory yet.
  package init(members: Int, outputs: [String], windows: [ForecastWindow]) {
    (self.members, self.outputs, self.windows) = (members, outputs, windows)
    errors = .init(repeating: .init(repeating: [], count: windows.count), count: members + 2)
    squares = .init(
      repeating: .init(repeating: .init(repeating: 0, count: outputs.count), count: windows.count),
      count: members + 2)
    rows = .init(repeating: .init(repeating: 0, count: outputs.count), count: windows.count)
  }

  /// Adds a test trajectory. O(rows x states x members x windows).
  ///
  /// - Parameters:
  ///   - forecasts: one a member, row-major [rows x states], of all rows.
  ///   - truth: as large.
  ///   - deviations: σ of each state over the training set.
  ///   - given: the last row that the forecasts were given.
  package mutating func add(_ forecasts: [[Double]], truth: [Double], deviations: [Double], given: Int) {
    let n = deviations.count
    let ensemble = EnsembleForecast(forecasts, deviations: deviations)
    excluded += ensemble.leftAt.count { $0 != nil }
    trajectories += 1
    let medians = (0..<ensemble.rows).flatMap { row in
      (0..<n).map { ensemble.median(row: row, state: $0) }
    }
    for (forecaster, values) in ([medians, ensemble.means] + forecasts).enumerated() {
      for (index, window) in windows.enumerated() {
        errors[forecaster][index] += ForecastError.errors(
          of: values, truth: truth, deviations: deviations, windows: [window], warmUp: given)
        for row in Self.rows(window, of: truth.count / n, given) {
          for state in 0..<n where !truth[row * n + state].isNaN {
            let error = values[row * n + state] - truth[row * n + state]
            squares[forecaster][index][state] += error * error
          }
        }
      }
    }
    for (index, window) in windows.enumerated() {
      for row in Self.rows(window, of: truth.count / n, given) {
        for state in 0..<n where !truth[row * n + state].isNaN { rows[index][state] += 1 }
      }
    }
    guard trajectories <= Self.few else { return outputsByTrajectory = [] }
    outputsByTrajectory.append(
      windows.map { window in
        let rows = Self.rows(window, of: truth.count / n, given)
        return outputs.enumerated().map { state, name in
          let errors = ([medians, ensemble.means] + forecasts).map { values in
            Self.root(
              of: rows.lazy.filter { !truth[$0 * n + state].isNaN }
                .map { values[$0 * n + state] - truth[$0 * n + state] })
          }
          return EnsembleModel.Output(
            output: name, median: errors[0].isFinite ? errors[0] : nil,
            mean: errors[1].isFinite ? errors[1] : nil, byMember: .init(of: Array(errors[2...])))
        }
      })
  }

  /// The root of the mean square; infinite if a forecast is not finite.
  private static func root(of errors: some Sequence<Double>) -> Double {
    var (sum, count) = (0.0, 0)
    for error in errors { (sum, count) = (sum + error * error, count + 1) }
    return count == 0 || !sum.isFinite ? .infinity : (sum / Double(count)).squareRoot()
  }

  private static func rows(_ window: ForecastWindow, of count: Int, _ given: Int) -> Range<Int> {
    let rows = window.rows(in: max(0, count - given))
    return rows.lowerBound + given..<rows.upperBound + given
  }

  /// The model of what was added; nil without a trajectory.
  package func model(variant: String) -> EnsembleModel? {
    guard trajectories > 0 else { return nil }
    func root(_ forecaster: Int, _ window: Int, _ state: Int) -> Double {
      let square = squares[forecaster][window][state] / Double(max(1, rows[window][state]))
      return square.isFinite ? square.squareRoot() : .infinity
    }
    return EnsembleModel(
      variant: variant, members: members, trajectories: trajectories,
      excluded: Proportion(excluded, of: trajectories * members),
      windows: windows.indices.map { window in
        EnsembleModel.Window(
          window: windows[window], median: .init(errors[0][window]), mean: .init(errors[1][window]),
          byMember: .init(errors[2...].flatMap { $0[window] }),
          outputs: outputs.enumerated().map { state, name in
            let (median, mean) = (root(0, window, state), root(1, window, state))
            return EnsembleModel.Output(
              output: name, median: median.isFinite ? median : nil, mean: mean.isFinite ? mean : nil,
              byMember: .init(of: (0..<members).map { root($0 + 2, window, state) }))
          })
      }, byTrajectory: outputsByTrajectory.isEmpty ? nil : outputsByTrajectory)
  }
}
