extension Standardisation {
  /// The width of a sample, n + m inputs and n targets.
  package var sampleWidth: Int { inputMean.count + targetMean.count }

  /// Writes the standardised samples of the trajectories, one a row, in the order of the trajectories and their rows:
  /// n + m inputs, then n targets; the rest of a row is left alone. Computed in float64, rounded once.
  ///
  /// - Parameters:
  ///   - trajectories: with the signals of this standardisation.
  ///   - buffer: room for all samples, `rowStride` floats each.
  ///   - rowStride: floats from row to row, at least ``sampleWidth``.
  /// - Returns: the number of rows written, the sum of the trajectories' sample counts.
  /// - Precondition: the signals' numbers, the stride and the buffer's size fit.
  @discardableResult
  package func fillSamples(
    of trajectories: [Trajectory], into buffer: UnsafeMutableBufferPointer<Float>, rowStride: Int
  ) -> Int {
    let (n, m) = (stateCount, inputCount)
    let count = trajectories.reduce(0) { $0 + $1.sampleCount }
    precondition(
      rowStride >= sampleWidth && (count == 0 || buffer.count >= (count - 1) * rowStride + sampleWidth))
    var start = 0
    for trajectory in trajectories {
      precondition(trajectory.stateNames.count == n && trajectory.inputNames.count == m)
      let h = trajectory.samplingTime
      trajectory.states.withUnsafeBufferPointer { states in
        trajectory.inputs.withUnsafeBufferPointer { inputs in
          for row in 0..<trajectory.sampleCount {
            for lane in 0..<n {
              let value = states[row * n + lane]
              let target = (states[(row + 1) * n + lane] - value) / h
              buffer[start + lane] = Float((value - inputMean[lane]) / inputDeviation[lane])
              buffer[start + n + m + lane] = Float((target - targetMean[lane]) / targetDeviation[lane])
            }
            for lane in 0..<m {
              let value = inputs[row * m + lane]
              buffer[start + n + lane] = Float((value - inputMean[n + lane]) / inputDeviation[n + lane])
            }
            start += rowStride
          }
        }
      }
    }
    return count
  }
}
