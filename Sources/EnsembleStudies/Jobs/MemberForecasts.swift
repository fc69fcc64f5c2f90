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
  private let hiddenStates: HiddenStates?

  /// Forecasts with a network whose inputs and outputs are standardised like that; the sampling time is in seconds;
  /// `hiddenStates` says how they start, if the regressor has any.
  package init(
    network: PrunedNetwork, standardisation: Standardisation, samplingTime: Double, regressor: Regressor,
    hiddenStates: HiddenStates? = nil, kernels: Kernels
  ) {
    precondition((hiddenStates != nil) == (regressor.hiddenStates > 0))
    (self.network, self.standardisation) = (network, standardisation)
    (self.samplingTime, self.kernels) = (samplingTime, kernels)
    (columns, scales) = (regressor.columns, standardisation.scales(of: regressor))
    (registers, self.regressor, self.hiddenStates) = (regressor.columnsOfSignal, regressor, hiddenStates)
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
      states[index].replaceSubrange(..<given, with: trajectory.states[..<given])
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
        (states[k] - truth[k]) / standardisation.inputDeviation[k % n]
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
    let n = standardisation.stateCount
    let warmUp = regressor.warmUp
    var states = starts.map { start in
      let trajectory = trajectories[start.trajectory]
      let given = min(fedRows + 1, trajectory.rowCount) * n
      return [Double](trajectory.states[..<given])
        + [Double](repeating: .nan, count: trajectory.states.count - given)
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
      for index in running {
        let (tile, lane) = (index / lanes, index % lanes)
        for register in registers {
          for place in step == 0 ? register : register.prefix(1) {
            evaluator.input(place, tile: tile)[lane] = standardised(
              place, row: row, states: states[index], hidden: hidden[index], inputs: inputs[index])
          }
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
        if isFinite[index], row >= fedRows {
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

  private func standardised(_ place: Int, row: Int, states: [Double], hidden: [Double], inputs: [Double])
    -> Float
  {
    let (column, scale) = (columns[place], scales[place])
    let value =
      switch column.kind {
      case .output: states[(row - column.lag) * standardisation.stateCount + column.index]
      case .hidden: hidden[column.index]
      case .input: inputs[(row - column.lag) * standardisation.inputCount + column.index]
      }
    return Float((value - scale.mean) / scale.deviation)
  }
}

/// Estimates initial hidden states by Gauss-Newton steps on the squared residuals of the first rows, with a weak prior at zero:
/// a state of 1 costs as much as a residual of a tenth of a standard deviation in one row.
struct InitialStateEstimation {
  private static let iterations = 10
  private static let prior = 1e-2
  /// Step of the differences; the network's float32 leaves about five digits of them.
  private static let difference = 1e-2

  let hiddenStates: Int

  /// The starts of `count` trajectories; `residuals` simulates starts, side by side.
  func estimate(
    _ count: Int, residuals: ([MemberForecasts.Start]) throws -> [[Double]]
  ) rethrows -> [MemberForecasts.Start] {
    let zero = [Double](repeating: 0, count: hiddenStates)
    var best = (0..<count).map { MemberForecasts.Start(trajectory: $0, hidden: zero) }
    var costs = zip(best, try residuals(best)).map(cost)
    for _ in 0..<Self.iterations {
      let proposals = try steps(from: best, residuals: residuals)
      // Whole steps, then halves: the first that lowers the cost is taken.
      var isOpen = Array(repeating: true, count: count)
      for halvings in 0..<4 where isOpen.contains(true) {
        let open = best.indices.filter { isOpen[$0] }
        let scale = 1 / Double(1 << halvings)
        let tried = open.map { k in
          MemberForecasts.Start(
            trajectory: k, hidden: zip(best[k].hidden, proposals[k]).map { $0 + scale * $1 })
        }
        for ((k, start), errors) in zip(zip(open, tried), try residuals(tried)) {
          let cost = cost(start, errors)
          if cost < costs[k] { (best[k], costs[k], isOpen[k]) = (start, cost, false) }
        }
      }
      if !isOpen.contains(false) { break }
    }
    return best
  }

  private func cost(_ start: MemberForecasts.Start, _ residuals: [Double]) -> Double {
    let sum = residuals.reduce(0) { $0 + $1 * $1 } + Self.prior * start.hidden.reduce(0) { $0 + $1 * $1 }
    return sum.isFinite ? sum : .infinity
  }

  /// The Gauss-Newton step of each start.
  private func steps(
    from starts: [MemberForecasts.Start], residuals: ([MemberForecasts.Start]) throws -> [[Double]]
  ) rethrows -> [[Double]] {
    let moved = starts.flatMap { start in
      [start]
        + (0..<hiddenStates).map { k in
          var other = start
          other.hidden[k] += Self.difference
          return other
        }
    }
    let all = try residuals(moved)
    return starts.indices.map { index in
      let base = all[index * (hiddenStates + 1)]
      let columns = (0..<hiddenStates).map { k in
        zip(all[index * (hiddenStates + 1) + 1 + k], base).map { ($0 - $1) / Self.difference }
      }
      let matrix = columns.enumerated().map { i, a in
        columns.enumerated().map { j, b in
          zip(a, b).reduce(i == j ? Self.prior : 0) { $0 + $1.0 * $1.1 }
        }
      }
      let right = columns.enumerated().map { k, column in
        zip(column, base).reduce(-Self.prior * starts[index].hidden[k]) { $0 - $1.0 * $1.1 }
      }
      let step = Self.solve(matrix, right)
      return step.allSatisfy(\.isFinite) ? step : .init(repeating: 0, count: hiddenStates)
    }
  }

  /// Solves a symmetric positive definite system by Cholesky's method.
  private static func solve(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
    let n = right.count
    var factor = matrix
    for j in 0..<n {
      for k in 0..<j { factor[j][j] -= factor[j][k] * factor[j][k] }
      factor[j][j] = factor[j][j].squareRoot()
      for i in j + 1..<max(n, j + 1) {
        for k in 0..<j { factor[i][j] -= factor[i][k] * factor[j][k] }
        factor[i][j] /= factor[j][j]
      }
    }
    var x = right
    for i in 0..<n {
      for k in 0..<i { x[i] -= factor[i][k] * x[k] }
      x[i] /= factor[i][i]
    }
    for i in (0..<n).reversed() {
      for k in i + 1..<max(n, i + 1) { x[i] -= factor[k][i] * x[k] }
      x[i] /= factor[i][i]
    }
    return x
  }
}
