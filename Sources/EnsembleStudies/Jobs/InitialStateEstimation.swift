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
