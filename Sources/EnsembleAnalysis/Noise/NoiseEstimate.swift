import EnsembleStudies
import TrajectoryData

/// Estimates of the measurement noise of each output, from the members' one-step residuals.
///
/// With white noise of standard deviation σ_j on output j, a model that is exact misses output i one step ahead by the new
/// noise and by the noise in its regressor: E r_i² = σ_i² + Σ_j G_ij σ_j², G_ij being the mean over the points of
/// Σ (∂ŷ_i(t+1) / ∂y_j(t - lag))² over the lags. A member's estimate solves these equations with σ_j² >= 0. Where the model
/// errs, or the system is disturbed in other ways than by the inputs, the residuals hold that, too: the estimate is then
/// too large.
package struct NoiseEstimate: Sendable {
  /// Standard deviation of each member's estimate in the output's unit: [outputs][members].
  package let byMember: [[Double]]
  /// The median over members; nil without members.
  package let median: [Double?]
  /// Root-mean-square one-step residual, median over members, in the output's unit; nil without members.
  package let residual: [Double?]
  /// The noise that was simulated; nil if it isn't known.
  package let truth: [Double]?

  init(_ members: [MemberResiduals], truth: [Double]?) {
    let outputs = members.first?.outputs ?? truth?.count ?? 0
    let variances = members.map(\.noiseVariances)
    byMember = (0..<outputs).map { output in variances.map { $0[output].squareRoot() } }
    median = byMember.map { Quantiles.median(of: $0) }
    residual = (0..<outputs).map { output in
      Quantiles.median(of: members.map { $0.meanSquares[output].squareRoot() })
    }
    self.truth = truth
  }
}

/// The one-step residuals of a member and how noise in its regressor passes into them.
struct MemberResiduals {
  let outputs: Int
  /// Mean square of each output's residual (unit²).
  let meanSquares: [Double]
  /// G: mean square gain from the noise of each output (column) to each prediction (row): [outputs x outputs].
  let gains: [Double]

  /// From a network's standardised values and derivatives at points. O(points x outputs x columns).
  ///
  /// - Parameters:
  ///   - values: the outputs, [points x outputs].
  ///   - jacobians: their derivatives, [points x outputs x columns].
  ///   - targets: what the outputs should be, [points x outputs].
  ///   - standardisation: with which the member was trained.
  ///   - regressor: what the columns are.
  ///   - samplingTime: h (s).
  init(
    values: [Float], jacobians: [Float], targets: [Float], standardisation: Standardisation,
    regressor: Regressor, samplingTime h: Double
  ) {
    let (n, columns) = (regressor.outputCount, regressor.columns)
    let points = values.count / n
    let scales = standardisation.scales(of: regressor)
    var (squares, gains) = ([Double](repeating: 0, count: n), [Double](repeating: 0, count: n * n))
    let measured = columns.indices.filter { columns[$0].kind == .output }
    for output in 0..<n {
      let scale = h * standardisation.targetDeviation[output]
      for point in 0..<points {
        let residual = scale * Double(values[point * n + output] - targets[point * n + output])
        squares[output] += residual * residual
        for column in measured {
          let signal = columns[column].index
          let slope =
            scale / scales[column].deviation
            * Double(jacobians[(point * n + output) * columns.count + column])
          let gain = slope + (signal == output && columns[column].lag == 0 ? 1 : 0)
          gains[output * n + signal] += gain * gain
        }
      }
    }
    let count = Double(max(1, points))
    (outputs, meanSquares, self.gains) = (n, squares.map { $0 / count }, gains.map { $0 / count })
  }

  init(meanSquares: [Double], gains: [Double]) {
    (outputs, self.meanSquares, self.gains) = (meanSquares.count, meanSquares, gains)
  }

  /// The variances that explain the residuals, by the equations relaxed one at a time: each stays between 0 and what it
  /// would be if it were alone, so that the iteration can't run away. O(iterations x outputs²).
  var noiseVariances: [Double] {
    var variances = (0..<outputs).map { meanSquares[$0] / (1 + gains[$0 * outputs + $0]) }
    for _ in 0..<1000 {
      for i in 0..<outputs {
        let others = (0..<outputs).reduce(0) { $1 == i ? $0 : $0 + gains[i * outputs + $1] * variances[$1] }
        let own = max(0, meanSquares[i] - others) / (1 + gains[i * outputs + i])
        // Half a step: two outputs that explain each other would otherwise take turns.
        variances[i] = (variances[i] + own) / 2
      }
    }
    return variances
  }
}
