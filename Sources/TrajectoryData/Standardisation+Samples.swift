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
  /// number; at the ends of a trajectory over those that it has. Samples that touch a missing value are left out; the others
  /// then follow again, in turn, until all rows are filled, so that the number of rows says how much is trained on whatever
  /// is missing.
  ///
  /// - Parameters:
  ///   - regressor: of the signals of this standardisation.
  ///   - views: trajectories with the signals of this standardisation.
  ///   - buffer: room for all samples, `rowStride` floats each.
  ///   - rowStride: floats from row to row, at least the regressor's columns and n.
  ///   - steps: of a target; >= 1.
  /// - Returns: the number of samples without missing values; if 0, nothing is written.
  /// - Precondition: the signals' numbers, the stride and the buffer's size fit.
  @discardableResult
  package func fillSamples(
    _ regressor: Regressor, of views: [TrajectoryView], into buffer: UnsafeMutableBufferPointer<Float>,
    rowStride: Int, steps: Int = 1
  ) -> Int {
    let count = views.reduce(0) { $0 + regressor.sampleCount(rows: $1.rowCount) }
    let width = regressor.columns.count + stateCount
    precondition(rowStride >= width && (count == 0 || buffer.count >= (count - 1) * rowStride + width))
    var filled = 0
    for view in views {
      filled += fill(
        regressor, of: view, into: UnsafeMutableBufferPointer(rebasing: buffer[(filled * rowStride)...]),
        rowStride, steps)
    }
    if filled > 0, let base = buffer.baseAddress {
      for row in filled..<count {
        (base + row * rowStride).update(from: base + (row % filled) * rowStride, count: width)
      }
    }
    return filled
  }

  /// The samples of trajectories in memory.
  @discardableResult
  package func fillSamples(
    _ regressor: Regressor, of trajectories: [Trajectory], into buffer: UnsafeMutableBufferPointer<Float>,
    rowStride: Int, steps: Int = 1
  ) -> Int {
    var filled = 0
    for trajectory in trajectories {
      filled += trajectory.withView {
        fill(
          regressor, of: $0, into: UnsafeMutableBufferPointer(rebasing: buffer[(filled * rowStride)...]),
          rowStride, steps)
      }
    }
    return filled
  }

  /// The whole samples of one trajectory, from the buffer's first row on; their number.
  private func fill(
    _ regressor: Regressor, of view: TrajectoryView, into buffer: UnsafeMutableBufferPointer<Float>,
    _ rowStride: Int, _ steps: Int
  ) -> Int {
    let (n, m, h) = (stateCount, inputCount, view.samplingTime)
    precondition(view.stateCount == n && view.inputCount == m)
    let (columns, scales) = (regressor.columns, scales(of: regressor))
    let (states, inputs) = (view.states, view.inputs)
    var start = 0
    for row in regressor.warmUp..<regressor.warmUp + regressor.sampleCount(rows: view.rowCount) {
      var isWhole = true
      for (place, column) in columns.enumerated() {
        let value =
          switch column.kind {
          case .output: states[(row - column.lag) * n + column.index]
          case .hidden: 0.0
          case .input: inputs[(row - column.lag) * m + column.index]
          }
        isWhole = isWhole && !value.isNaN
        buffer[start + place] = Float((value - scales[place].mean) / scales[place].deviation)
      }
      let first = max(0, row - (steps - 1) / 2)
      let last = min(view.rowCount - 1, row + 1 + steps / 2)
      for lane in 0..<n {
        let target = (states[last * n + lane] - states[first * n + lane]) / (Double(last - first) * h)
        isWhole = isWhole && !target.isNaN
        buffer[start + columns.count + lane] = Float((target - targetMean[lane]) / targetDeviation[lane])
      }
      // The next sample takes the place of one with missing values.
      if isWhole { start += rowStride }
    }
    return start / rowStride
  }
}
