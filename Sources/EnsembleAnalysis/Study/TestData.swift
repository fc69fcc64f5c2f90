import EnsembleStudies
import TrajectoryData

/// What an analysis needs of a study's test trajectories: points for sensitivities, and trajectories for forecasts, of
/// which a few are in memory at a time.
package struct TestData: Sendable {
  /// Points for sensitivities, evenly spread over the rows but the last of all test trajectories (of the training
  /// trajectories if there are none): states and inputs in physical units, row-major [points x signals].
  package let points: [Double]
  /// How the states change from each point to the next row: (x(t + h) − x(t)) / h, row-major [points x states].
  package let rates: [Double]
  /// Names, sizes and sampling time.
  package let signals: DatasetSignals
  /// The dataset.
  package let dataset: DatasetFile

  /// At most so many points.
  package static let maximumPoints = 2048
  /// At most so many rows of a trajectory are looked at in ensemble forecasts.
  package static let maximumRows = 1000

  /// Reads the points, one trajectory at a time.
  package init(_ dataset: DatasetFile) throws {
    self.dataset = dataset
    let signals = dataset.signals
    self.signals = signals
    let part: TrajectorySet.Part = signals.count(.test) > 0 ? .test : .training
    // The last row has no next one.
    let rows = signals.rows[part, default: []].map { $0 - 1 }
    let total = rows.reduce(0, +)
    let count = min(Self.maximumPoints, total)
    var (points, rates): ([Double], [Double]) = ([], [])
    var (first, next) = (0, 0)
    for index in rows.indices {
      guard next < count, next * total / count < first + rows[index] else {
        first += rows[index]
        continue
      }
      let trajectory = try dataset.trajectories(index..<index + 1, of: part)[0]
      while next < count, next * total / count < first + rows[index] {
        let row = next * total / count - first
        points += trajectory.state(row) + trajectory.input(row)
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
    let width = standardisation.inputMean.count
    return points.enumerated().map { index, value in
      let column = index % width
      return Float((value - standardisation.inputMean[column]) / standardisation.inputDeviation[column])
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

  /// Every how many rows of a trajectory is looked at.
  package static func stride(rows: Int) -> Int { max(1, (rows - 1 + maximumRows - 1) / maximumRows) }
}
