/// Standardised regressors. All lags of a signal share its mean and standard deviation; hidden states are standardised
/// by nature.
extension Standardisation {
  /// The regressor of the present row alone.
  package var presentRow: Regressor { .present(outputs: stateCount, inputs: inputCount) }

  /// Mean and standard deviation of each column of a regressor of these signals.
  package func scales(of regressor: Regressor) -> [(mean: Double, deviation: Double)] {
    precondition(regressor.outputCount == stateCount && regressor.inputs.count == inputCount)
    return regressor.columns.map { column in
      switch column.kind {
      case .output: (inputMean[column.index], inputDeviation[column.index])
      case .hidden: (0, 1)
      case .input: (inputMean[stateCount + column.index], inputDeviation[stateCount + column.index])
      }
    }
  }

  /// Writes the standardised samples of the trajectories, one a row, in the order of the trajectories and their rows
  /// from ``Regressor/warmUp`` on: the regressor, then n targets; the rest of a row is left alone. Hidden states are
  /// written as 0. Computed in float64, rounded once.
  ///
  /// A target is the mean rate over `steps` steps of which the predicted one is in the middle, or before it for an even
  /// number; at the ends of a trajectory over those that it has.
  ///
  /// - Parameters:
  ///   - regressor: of the signals of this standardisation.
  ///   - trajectories: with the signals of this standardisation.
  ///   - buffer: room for all samples, `rowStride` floats each.
  ///   - rowStride: floats from row to row, at least the regressor's columns and n.
  ///   - steps: of a target; >= 1.
  /// - Returns: the number of rows written.
  /// - Precondition: the signals' numbers, the stride and the buffer's size fit.
  @discardableResult
  package func fillSamples(
    _ regressor: Regressor, of trajectories: [Trajectory], into buffer: UnsafeMutableBufferPointer<Float>,
    rowStride: Int, steps: Int = 1
  ) -> Int {
    let (n, m) = (stateCount, inputCount)
    let (columns, scales) = (regressor.columns, scales(of: regressor))
    let count = trajectories.reduce(0) { $0 + regressor.sampleCount(rows: $1.rowCount) }
    precondition(
      rowStride >= columns.count + n
        && (count == 0 || buffer.count >= (count - 1) * rowStride + columns.count + n))
    var start = 0
    for trajectory in trajectories {
      precondition(trajectory.stateNames.count == n && trajectory.inputNames.count == m)
      let samples = regressor.sampleCount(rows: trajectory.rowCount)
      let h = trajectory.samplingTime
      trajectory.states.withUnsafeBufferPointer { states in
        trajectory.inputs.withUnsafeBufferPointer { inputs in
          for row in regressor.warmUp..<regressor.warmUp + samples {
            for (place, column) in columns.enumerated() {
              let value =
                switch column.kind {
                case .output: states[(row - column.lag) * n + column.index]
                case .hidden: 0.0
                case .input: inputs[(row - column.lag) * m + column.index]
                }
              buffer[start + place] = Float((value - scales[place].mean) / scales[place].deviation)
            }
            let first = max(0, row - (steps - 1) / 2)
            let last = min(trajectory.rowCount - 1, row + 1 + steps / 2)
            for lane in 0..<n {
              let change = states[last * n + lane] - states[first * n + lane]
              let target = change / (Double(last - first) * h)
              buffer[start + columns.count + lane] = Float(
                (target - targetMean[lane]) / targetDeviation[lane])
            }
            start += rowStride
          }
        }
      }
    }
    return count
  }
}
