import SparseNetworks
import TrajectoryData

/// Rolling forecasts of many trajectories with one pruned network, 16 trajectories in the lanes of a tile.
///
/// The same recurrence as `RollingForecast`: states in float64, the network in float32. The network's inputs are a shift
/// register: in each step the lags move on by a place, and the newest value of each signal is written.
package struct MemberForecasts {
  private let network: PrunedNetwork
  private let standardisation: Standardisation
  private let samplingTime: Double
  private let kernels: Kernels
  private let columns: [Regressor.Column]
  private let scales: [(mean: Double, deviation: Double)]
  /// The columns of each signal, the newest first.
  private let registers: [Range<Int>]
  private let regressor: Regressor

  /// Forecasts with a network whose inputs and outputs are standardised like that; the sampling time is in seconds.
  package init(
    network: PrunedNetwork, standardisation: Standardisation, samplingTime: Double, regressor: Regressor,
    kernels: Kernels
  ) {
    (self.network, self.standardisation) = (network, standardisation)
    (self.samplingTime, self.kernels) = (samplingTime, kernels)
    (columns, scales) = (regressor.columns, standardisation.scales(of: regressor))
    (registers, self.regressor) = (regressor.columnsOfSignal, regressor)
  }

  /// The forecast of each trajectory from its first rows with its inputs: states, row-major [rowCount x n]. The rows to the
  /// regressor's `warmUp` are the trajectory's; from the first state that is not finite on, all are not a number.
  /// Calls `alive` every few milliseconds, and throws what it throws. O(steps x weights left).
  package func forecasts(
    of trajectories: [Trajectory], alive: () throws -> Void
  ) rethrows -> [[Double]] {
    let lanes = SparseEvaluator.lanes
    let evaluator = SparseEvaluator(network, capacity: trajectories.count, kernels: kernels)
    let n = standardisation.stateCount
    let warmUp = regressor.warmUp
    var states = trajectories.map { trajectory in
      let given = min(warmUp + 1, trajectory.rowCount) * n
      return [Double](trajectory.states[..<given])
        + [Double](repeating: .nan, count: trajectory.states.count - given)
    }
    let sampleCounts = trajectories.map { regressor.sampleCount(rows: $0.rowCount) }
    let inputs = trajectories.map(\.inputs)
    var isFinite = Array(repeating: true, count: trajectories.count)
    var next = [Double](repeating: 0, count: n)
    // About 10 ms at 10 GFLOP/s; a step has 2 operations a weight and lane.
    let work = 2 * max(1, network.weightCount) * (trajectories.count + lanes)
    let stepsBetween = max(1, min(256, 100_000_000 / work))
    for step in 0..<(sampleCounts.max() ?? 0) {
      if step % stepsBetween == 0 { try alive() }
      let running = trajectories.indices.filter { isFinite[$0] && step < sampleCounts[$0] }
      if running.isEmpty { break }
      let row = warmUp + step
      if step > 0 { shift(evaluator) }
      for index in running {
        let (tile, lane) = (index / lanes, index % lanes)
        for register in registers {
          for place in step == 0 ? register : register.prefix(1) {
            evaluator.input(place, tile: tile)[lane] = standardised(
              place, row: row, states: states[index], inputs: inputs[index])
          }
        }
      }
      evaluator.evaluate()
      for index in running {
        let (tile, lane) = (index / lanes, index % lanes)
        for k in 0..<n {
          let rate =
            standardisation.targetMean[k]
            + standardisation.targetDeviation[k] * Double(evaluator.output(k, tile: tile)[lane])
          next[k] = states[index][row * n + k] + samplingTime * rate
        }
        isFinite[index] = next.allSatisfy(\.isFinite)
        if isFinite[index] {
          for k in 0..<n { states[index][(row + 1) * n + k] = next[k] }
        }
      }
    }
    return states
  }

  /// Moves the lags of each signal on by a place, in all lanes.
  private func shift(_ evaluator: SparseEvaluator) {
    let lanes = SparseEvaluator.lanes
    for tile in 0..<evaluator.tiles {
      for register in registers where register.count > 1 {
        // A tile's inputs follow one another in memory.
        let first = evaluator.input(register.lowerBound, tile: tile)
        (first + lanes).update(from: first, count: (register.count - 1) * lanes)
      }
    }
  }

  private func standardised(_ place: Int, row: Int, states: [Double], inputs: [Double]) -> Float {
    let (column, scale) = (columns[place], scales[place])
    let value =
      switch column.kind {
      case .output: states[(row - column.lag) * standardisation.stateCount + column.index]
      case .hidden: preconditionFailure("a forecast with hidden states needs their dynamics")
      case .input: inputs[(row - column.lag) * standardisation.inputCount + column.index]
      }
    return Float((value - scale.mean) / scale.deviation)
  }
}
