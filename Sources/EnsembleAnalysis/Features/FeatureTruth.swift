import DynamicalSystems
import EnsembleStudies
import TrajectoryData

/// How well features match the true arguments of the outputs.
package struct FeatureScore: Codable, Equatable, Sendable {
  /// Features that are true arguments, of all features.
  package var precision: Proportion
  /// True arguments that are features, of all true arguments.
  package var recall: Proportion

  /// Scores features against the truth, both [outputs][inputs].
  package init(_ features: [[Bool]], truth: [[Bool]]) {
    let pairs = zip(features.joined(), truth.joined())
    let right = pairs.count { $0 && $1 }
    precision = Proportion(right, of: pairs.count { feature, _ in feature })
    recall = Proportion(right, of: pairs.count { $1 })
  }
}

/// What is known of the system that made the data.
package struct SystemTruth: Sendable {
  /// Whether the state derivative (row) has the signal (column) as an argument.
  package let arguments: [[Bool]]
  /// Outputs (indices) whose equation is a mass balance of feeds and current alone, with their true arguments known
  /// exactly.
  package let massBalances: [Int]

  /// The truth of a dataset; nil unless it is simulated from a known system.
  package init?(_ dataset: DatasetDescription) {
    guard case .simulated(let dataset) = dataset else { return nil }
    switch dataset.system {
    case .aluminiumCell:
      // Robinson, Lundby, Rasheed & Gravdahl (2023), equations of motion. States x1 ... x8, inputs u1 ... u5.
      let rows = [
        [1, 2, 3, 4, 6, 7], [9, 10], [9, 11], [1, 2, 3, 4, 6, 7, 9], [10, 12],
        [1, 2, 3, 4, 6, 7, 10, 13], [1, 2, 3, 4, 6, 7, 8], [1, 7, 8],
      ]
      arguments = rows.map { row in (1...13).map { row.contains($0) } }
      massBalances = [1, 2, 4]
    }
  }
}

extension SystemTruth {
  /// Sensitivities of the system as it is sampled: of (x(t + h) − x(t)) / h by x(t) and u(t), which is what a network
  /// learns. Within a step an input changes states, and these other states, so that it has more arguments than the
  /// differential equation. Root-mean-square over the points, in standardised units: [outputs][inputs]. Central
  /// differences of a Runge-Kutta step. O(points x signals).
  ///
  /// - Parameters:
  ///   - points: states and inputs in physical units, row-major [points x 13].
  ///   - standardisation: the one with which a variant was trained.
  ///   - samplingTime: h (s).
  package func sampledSensitivities(
    at points: [Double], standardisation: Standardisation, samplingTime: Double
  ) -> [[Double]] {
    let cell = AluminiumCell()
    let (n, width) = (standardisation.stateCount, standardisation.inputMean.count)
    let count = points.count / width
    func rate(_ point: [Double]) -> [Double] {
      var (x, u) = (SIMD8<Double>(), SIMD8<Double>())
      for k in 0..<n { x[k] = point[k] }
      for k in n..<width { u[k - n] = point[k] }
      let next = cell.rungeKuttaStep(x, u, h: samplingTime)
      return (0..<n).map { (next[$0] - x[$0]) / samplingTime }
    }
    var squares = [[Double]](repeating: .init(repeating: 0, count: width), count: n)
    for index in 0..<count {
      let point = Array(points[index * width..<(index + 1) * width])
      for column in 0..<width {
        let step = 1e-3 * standardisation.inputDeviation[column]
        var (up, down) = (point, point)
        up[column] += step
        down[column] -= step
        let (above, below) = (rate(up), rate(down))
        for output in 0..<n {
          // A thousandth of a standard deviation to each side.
          let slope = (above[output] - below[output]) / 2e-3 / standardisation.targetDeviation[output]
          if slope.isFinite { squares[output][column] += slope * slope }
        }
      }
    }
    return squares.map { $0.map { ($0 / Double(max(1, count))).squareRoot() } }
  }
}
