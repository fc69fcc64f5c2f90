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
  private let regressor: Regressor
  /// The columns of each signal, the newest first.
  private let registers: [Range<Int>]
  /// Of all columns that hold outputs, and inputs, where their values come from.
  private let sources: (outputs: [Source], inputs: [Source])
  /// Of the newest column of each signal the same.
  private let newest: (outputs: [Source], inputs: [Source])

  /// Where a column's value comes from, and how it is standardised.
  private struct Source {
    let column: Int
    let signal: Int
    let lag: Int
    let mean: Double
    let deviation: Double

    func standardised(_ value: Double) -> Float { Float((value - mean) / deviation) }
  }

  /// Forecasts with a network whose inputs and outputs are standardised like that; the sampling time is in seconds.
  /// - Precondition: the regressor has no hidden states.
  package init(
    network: PrunedNetwork, standardisation: Standardisation, samplingTime: Double, regressor: Regressor,
    kernels: Kernels
  ) {
    precondition(regressor.hiddenStates == 0, "a forecast with hidden states needs their dynamics")
    (self.network, self.standardisation) = (network, standardisation)
    (self.samplingTime, self.kernels, self.regressor) = (samplingTime, kernels, regressor)
    registers = regressor.columnsOfSignal
    let first = Set(registers.map(\.lowerBound))
    let scales = standardisation.scales(of: regressor)
    func sources(_ kind: Regressor.Column.Kind, newest: Bool) -> [Source] {
      regressor.columns.enumerated().filter { $1.kind == kind && (!newest || first.contains($0)) }
        .map {
          Source(
            column: $0, signal: $1.index, lag: $1.lag, mean: scales[$0].mean, deviation: scales[$0].deviation)
        }
    }
    self.sources = (sources(.output, newest: false), sources(.input, newest: false))
    newest = (sources(.output, newest: true), sources(.input, newest: true))
  }

  /// The forecast of each trajectory from its first rows with its inputs: states, row-major [rowCount x n]. The rows to the
  /// regressor's `warmUp` are the trajectory's; from the first state that is not finite on, all are not a number.
  /// Calls `alive` every few milliseconds, and throws what it throws. O(steps x weights left).
  package func forecasts(
    of trajectories: [Trajectory], alive: () throws -> Void
  ) rethrows -> [[Double]] {
    let lanes = SparseEvaluator.lanes
    let evaluator = SparseEvaluator(network, capacity: trajectories.count, kernels: kernels)
    let (n, m) = (standardisation.stateCount, standardisation.inputCount)
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
      let (outputs, recorded) = step == 0 ? sources : newest
      for index in running {
        let (tile, lane) = (index / lanes, index % lanes)
        for source in outputs {
          evaluator.input(source.column, tile: tile)[lane] = source.standardised(
            states[index][(row - source.lag) * n + source.signal])
        }
        for source in recorded {
          evaluator.input(source.column, tile: tile)[lane] = source.standardised(
            inputs[index][(row - source.lag) * m + source.signal])
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
}
