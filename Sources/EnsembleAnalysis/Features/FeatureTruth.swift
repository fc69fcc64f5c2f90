import DynamicalSystems
import EnsembleStudies
import StudyFiles
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

/// The equations behind simulated data, by the registry of systems.
package struct SystemTruth: Sendable {
  /// The system that was simulated.
  package let system: any SimulatedSystem
  /// Whether the state derivative (row) has the signal (column) as an argument.
  package let arguments: [[Bool]]
  /// Outputs (indices) whose equation is a mass balance of feeds and current alone, with their true arguments known
  /// exactly.
  package let massBalances: [Int]

  /// The truth of a dataset; nil unless it is simulated and all states are measured.
  package init?(_ dataset: DatasetDescription) {
    guard case .simulated(let dataset) = dataset else { return nil }
    let system = dataset.system.system
    let states = system.states.map(\.name)
    guard dataset.outputNames == states else { return nil }
    let signals = states + system.inputs.map(\.name)
    self.system = system
    arguments = system.trueArguments.map { names in signals.map { names.contains($0) } }
    massBalances = states.indices.filter { system.inputBalances.contains(states[$0]) }
  }
}

extension SystemTruth {
  /// Sensitivities of the system as it is sampled: of (x(t + h) − x(t)) / h by x(t) and u(t), which is what a network
  /// learns. Within a step an input changes states, and these other states, so that it has more arguments than the
  /// differential equation. Root-mean-square over the points, in standardised units: [outputs][inputs]. Central
  /// differences of a step of the system. O(points x signals).
  ///
  /// - Parameters:
  ///   - points: states and inputs in physical units, row-major [points x (n + m)].
  ///   - standardisation: the one with which a variant was trained.
  ///   - samplingTime: h (s).
  package func sampledSensitivities(
    at points: [Double], standardisation: Standardisation, samplingTime: Double
  ) -> [[Double]] {
    let (n, width) = (standardisation.stateCount, standardisation.inputMean.count)
    let count = points.count / width
    func rate(_ point: [Double]) -> [Double] {
      let next = system.next(Array(point[..<n]), Array(point[n...]), h: samplingTime)
      return (0..<n).map { (next[$0] - point[$0]) / samplingTime }
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
