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
  private let hiddenStates: HiddenStates?
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

  /// Forecasts with a network whose inputs and outputs are standardised like that; the sampling time is in seconds;
  /// `hiddenStates` says how they start, if the regressor has any.
  package init(
    network: PrunedNetwork, standardisation: Standardisation, samplingTime: Double, regressor: Regressor,
    hiddenStates: HiddenStates? = nil, kernels: Kernels
  ) {
    precondition((hiddenStates != nil) == (regressor.hiddenStates > 0))
    (self.network, self.standardisation) = (network, standardisation)
    (self.samplingTime, self.kernels) = (samplingTime, kernels)
    (self.regressor, self.hiddenStates) = (regressor, hiddenStates)
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

  /// The last row that a forecast is given: those that the lags need, and those of the hidden states' start.
  package static func lastGivenRow(_ regressor: Regressor, _ hiddenStates: HiddenStates?) -> Int {
    regressor.warmUp + (hiddenStates?.rows ?? 0)
  }

  /// As the static function.
  package var lastGivenRow: Int { Self.lastGivenRow(regressor, hiddenStates) }

  /// The forecast of each trajectory from its first rows with its inputs: states, row-major [rowCount x n]. The rows to
  /// ``lastGivenRow`` are the trajectory's; from the first state that is not finite on, all are not a number.
  /// Calls `alive` every few milliseconds, and throws what it throws. O(steps x weights left); with hidden states that are
  /// estimated, their number times ten of the given rows as well.
  package func forecasts(
    of trajectories: [Trajectory], alive: () throws -> Void
  ) rethrows -> [[Double]] {
    let zero = [Double](repeating: 0, count: regressor.hiddenStates)
    var starts = trajectories.indices.map { Start(trajectory: $0, hidden: zero) }
    var fedRows = regressor.warmUp
    switch hiddenStates?.initialState {
    case .estimated?:
      let estimation = InitialStateEstimation(hiddenStates: zero.count)
      starts = try estimation.estimate(trajectories.count) { starts in
        try residuals(trajectories, starts, alive: alive)
      }
    case .washout?: fedRows = lastGivenRow
    case nil: break
    }
    var states = try simulate(trajectories, starts, fedRows: fedRows, alive: alive)
    for (index, trajectory) in trajectories.enumerated() {
      let given = min(lastGivenRow + 1, trajectory.rowCount) * standardisation.stateCount
      for k in 0..<given where !trajectory.states[k].isNaN { states[index][k] = trajectory.states[k] }
    }
    return states
  }

  /// One simulation: a trajectory, and its hidden states at the row ``Regressor/warmUp``.
  struct Start {
    let trajectory: Int
    var hidden: [Double]
  }

  /// The errors of the outputs in the given rows after the regressor's, in standard deviations.
  private func residuals(
    _ trajectories: [Trajectory], _ starts: [Start], alive: () throws -> Void
  ) rethrows -> [[Double]] {
    let n = standardisation.stateCount
    let states = try simulate(
      trajectories, starts, fedRows: regressor.warmUp, endRow: lastGivenRow, alive: alive)
    return zip(starts, states).map { start, states in
      let truth = trajectories[start.trajectory].states
      let end = min(lastGivenRow + 1, trajectories[start.trajectory].rowCount) * n
      return ((regressor.warmUp + 1) * n..<max(end, (regressor.warmUp + 1) * n)).map { k in
        // What wasn't measured can't be missed.
        truth[k].isNaN && states[k].isFinite
          ? 0 : (states[k] - truth[k]) / standardisation.inputDeviation[k % n]
      }
    }
  }

  /// States [rowCount x n] of each start, the measured ones to row `fedRows`, up to row `endRow` or the trajectory's end.
  private func simulate(
    _ trajectories: [Trajectory], _ starts: [Start], fedRows: Int, endRow: Int = .max,
    alive: () throws -> Void
  ) rethrows -> [[Double]] {
    let lanes = SparseEvaluator.lanes
    let evaluator = SparseEvaluator(network, capacity: starts.count, kernels: kernels)
    let (n, m) = (standardisation.stateCount, standardisation.inputCount)
    let firstHidden = regressor.columns.firstIndex { $0.kind == .hidden } ?? 0
    let warmUp = regressor.warmUp
    var states = starts.map { start in
      let trajectory = trajectories[start.trajectory]
      let given = min(fedRows + 1, trajectory.rowCount) * n
      // The lags that the first step sees are bridged; what is missing later, the network fills in itself.
      let seen = min(warmUp + 1, trajectory.rowCount)
      return trajectory.bridgedStates(seen) + trajectory.states[seen * n..<max(given, seen * n)]
        + [Double](repeating: .nan, count: trajectory.states.count - max(given, seen * n))
    }
    var hidden = starts.map(\.hidden)
    let sampleCounts = starts.map { start in
      min(regressor.sampleCount(rows: trajectories[start.trajectory].rowCount), endRow - warmUp)
    }
    let inputs = starts.map { trajectories[$0.trajectory].inputs }
    var isFinite = Array(repeating: true, count: starts.count)
    var next = [Double](repeating: 0, count: n)
    // About 10 ms at 10 GFLOP/s; a step has 2 operations a weight and lane.
    let work = 2 * max(1, network.weightCount) * (starts.count + lanes)
    let stepsBetween = max(1, min(256, 100_000_000 / work))
    for step in 0..<(sampleCounts.max() ?? 0) {
      if step % stepsBetween == 0 { try alive() }
      let running = starts.indices.filter { isFinite[$0] && step < sampleCounts[$0] }
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
        for (k, value) in hidden[index].enumerated() {
          evaluator.input(firstHidden + k, tile: tile)[lane] = Float(value)
        }
        for source in recorded {
          evaluator.input(source.column, tile: tile)[lane] = source.standardised(
            inputs[index][(row - source.lag) * m + source.signal])
        }
      }
      evaluator.evaluate()
      for index in running {
        let (tile, lane) = (index / lanes, index % lanes)
        for k in hidden[index].indices {
          hidden[index][k] =
            HiddenStates.carry * hidden[index][k]
            + HiddenStates.gain * Double(evaluator.output(n + k, tile: tile)[lane])
        }
        for k in 0..<n {
          let rate =
            standardisation.targetMean[k]
            + standardisation.targetDeviation[k] * Double(evaluator.output(k, tile: tile)[lane])
          next[k] = states[index][row * n + k] + samplingTime * rate
        }
        isFinite[index] = next.allSatisfy(\.isFinite) && hidden[index].allSatisfy(\.isFinite)
        if isFinite[index] {
          for k in 0..<n where states[index][(row + 1) * n + k].isNaN {
            states[index][(row + 1) * n + k] = next[k]
          }
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
