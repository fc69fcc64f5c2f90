import SparseNetworks
import TrajectoryData

/// Rolling forecasts of many trajectories with one pruned network, 16 trajectories in the lanes of a tile.
///
/// The same recurrence as `RollingForecast`: states in float64, the network in float32.
package struct MemberForecasts {
  private let network: PrunedNetwork
  private let standardisation: Standardisation
  private let samplingTime: Double
  private let kernels: Kernels

  /// Forecasts with a network whose inputs and outputs are standardised like that; the sampling time is in seconds.
  package init(
    network: PrunedNetwork, standardisation: Standardisation, samplingTime: Double, kernels: Kernels
  ) {
    (self.network, self.standardisation) = (network, standardisation)
    (self.samplingTime, self.kernels) = (samplingTime, kernels)
  }

  /// The forecast of each trajectory from its first state with its inputs: states, row-major [rowCount x n]; from the
  /// first state that is not finite on, all are not a number. Calls `alive` every few milliseconds, and throws what it
  /// throws. O(steps x weights left).
  package func forecasts(
    of trajectories: [Trajectory], alive: () throws -> Void
  ) rethrows -> [[Double]] {
    let lanes = SparseEvaluator.lanes
    let evaluator = SparseEvaluator(network, capacity: trajectories.count, kernels: kernels)
    let (n, m) = (standardisation.stateCount, standardisation.inputCount)
    var states = trajectories.map { trajectory in
      [Double](trajectory.state(0)) + [Double](repeating: .nan, count: trajectory.sampleCount * n)
    }
    let sampleCounts = trajectories.map(\.sampleCount)
    let inputs = trajectories.map(\.inputs)
    var current = trajectories.map { [Double]($0.state(0)) }
    var isFinite = Array(repeating: true, count: trajectories.count)
    // About 10 ms at 10 GFLOP/s; a step has 2 operations a weight and lane.
    let work = 2 * max(1, network.weightCount) * (trajectories.count + lanes)
    let stepsBetween = max(1, min(256, 100_000_000 / work))
    for step in 0..<(sampleCounts.max() ?? 0) {
      if step % stepsBetween == 0 { try alive() }
      let running = trajectories.indices.filter { isFinite[$0] && step < sampleCounts[$0] }
      if running.isEmpty { break }
      for index in running {
        let (tile, lane) = (index / lanes, index % lanes)
        for k in 0..<n { evaluator.input(k, tile: tile)[lane] = standardised(current[index][k], k) }
        for k in 0..<m {
          evaluator.input(n + k, tile: tile)[lane] = standardised(inputs[index][step * m + k], n + k)
        }
      }
      evaluator.evaluate()
      for index in running {
        let (tile, lane) = (index / lanes, index % lanes)
        for k in 0..<n {
          let rate =
            standardisation.targetMean[k]
            + standardisation.targetDeviation[k] * Double(evaluator.output(k, tile: tile)[lane])
          current[index][k] += samplingTime * rate
        }
        isFinite[index] = current[index].allSatisfy(\.isFinite)
        if isFinite[index] {
          for k in 0..<n { states[index][(step + 1) * n + k] = current[index][k] }
        }
      }
    }
    return states
  }

  private func standardised(_ value: Double, _ column: Int) -> Float {
    Float((value - standardisation.inputMean[column]) / standardisation.inputDeviation[column])
  }
}
