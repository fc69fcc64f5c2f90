import EnsembleStudies
import TrajectoryData

/// What an analysis needs of a study's test trajectories: points for sensitivities, and trajectories for forecasts, of
/// which a few are in memory at a time.
package struct TestData: Sendable {
  /// Points for sensitivities, evenly spread over the samples of all test trajectories (of the training trajectories if
  /// there are none): regressors in physical units, row-major [points x columns].
  package let points: [Double]
  /// How the states change from each point to the next row: (x(t + h) − x(t)) / h, row-major [points x states].
  package let rates: [Double]
  /// Names, sizes and sampling time.
  package let signals: DatasetSchema
  /// The columns of a point.
  package let regressor: Regressor
  /// The dataset.
  package let dataset: DatasetFile

  /// At most so many points.
  package static let maximumPoints = 2048
  /// At most so many rows of a trajectory are looked at in ensemble forecasts.
  package static let maximumRows = 1000

  /// Number of points.
  package var pointCount: Int { points.count / regressor.columns.count }

  /// Reads the points for a regressor, by default the present row, one trajectory at a time.
  package init(_ dataset: DatasetFile, regressor: Regressor? = nil) throws {
    self.dataset = dataset
    let signals = dataset.signals
    self.signals = signals
    let regressor =
      regressor ?? .present(outputs: signals.stateNames.count, inputs: signals.inputNames.count)
    self.regressor = regressor
    let part: TrajectorySet.Part = signals.count(.test) > 0 ? .test : .training
    let rows = signals.rows[part, default: []].map { regressor.sampleCount(rows: $0) }
    let total = rows.reduce(0, +)
    let count = min(Self.maximumPoints, total)
    var (points, rates): ([Double], [Double]) = ([], [])
    var (first, next) = (0, 0)
    for index in rows.indices {
      guard next < count, next * total / count < first + rows[index] else {
        first += rows[index]
        continue
      }
      let trajectory = try dataset.trajectories(index..<index + 1, of: part)[0].bridged()
      while next < count, next * total / count < first + rows[index] {
        let row = regressor.warmUp + next * total / count - first
        points += regressor.values(of: trajectory, row: row)
        rates += zip(trajectory.state(row + 1), trajectory.state(row)).map {
          ($0 - $1) / signals.samplingTime
        }
        next += 1
      }
      first += rows[index]
    }
    (self.points, self.rates) = (points, rates)
  }

  /// The points in a member's standardised units.
  package func standardisedPoints(_ standardisation: Standardisation) -> [Float] {
    let scales = standardisation.scales(of: regressor)
    return points.enumerated().map { index, value in
      let scale = scales[index % scales.count]
      return Float((value - scale.mean) / scale.deviation)
    }
  }

  /// The rates at the points in a member's standardised units.
  package func standardisedRates(_ standardisation: Standardisation) -> [Float] {
    let width = standardisation.targetMean.count
    return rates.enumerated().map { index, value in
      let column = index % width
      return Float((value - standardisation.targetMean[column]) / standardisation.targetDeviation[column])
    }
  }

  /// Indices of so many test trajectories, evenly spread.
  func evenly(_ count: Int) -> [Int] {
    let all = signals.count(.test)
    return (0..<count).map { $0 * all / count }
  }

  /// Every how many rows of a trajectory is looked at.
  package static func stride(rows: Int) -> Int { max(1, (rows - 1 + maximumRows - 1) / maximumRows) }
}
