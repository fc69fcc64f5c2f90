/// The values of a trajectory where they lie, in an array or a mapped file; valid as long as they do.
package struct TrajectoryView {
  /// The sampling time h (s).
  package let samplingTime: Double
  /// Number n of states.
  package let stateCount: Int
  /// Number m of inputs.
  package let inputCount: Int
  /// The states, row-major [rowCount x n]; NaN where one was not measured.
  package let states: UnsafeBufferPointer<Double>
  /// The inputs, row-major [rowCount x m].
  package let inputs: UnsafeBufferPointer<Double>

  /// A view of values that fill as many rows.
  package init(
    samplingTime: Double, stateCount n: Int, inputCount m: Int, states: UnsafeBufferPointer<Double>,
    inputs: UnsafeBufferPointer<Double>
  ) {
    precondition(n > 0 && states.count % n == 0 && inputs.count == states.count / n * m)
    (self.samplingTime, stateCount, inputCount) = (samplingTime, n, m)
    (self.states, self.inputs) = (states, inputs)
  }

  /// Whether all values are finite, but missing states where they are allowed. O(values).
  package func isValid(allowsMissing: Bool) -> Bool {
    // Not a number if one of them isn't finite; hoisted out of a branch for each value.
    func check(_ values: UnsafeBufferPointer<Double>) -> Bool {
      var sum = 0.0
      for value in values { sum += value * 0 }
      return !sum.isNaN
    }
    return check(inputs)
      && (allowsMissing ? states.allSatisfy { !$0.isInfinite } : check(states))
  }

  package var rowCount: Int { states.count / stateCount }
  /// Rows that have a successor.
  package var sampleCount: Int { max(0, rowCount - 1) }

  /// Calls the closure with column and value for all n + m + n columns of (z, y) of every sample, in order, without the
  /// missing ones. The rate of a state that is not measured in the next row is that to the row in which it is measured again.
  func forEachSample(_ body: (Int, Double) -> Void) {
    let (n, m, h) = (stateCount, inputCount, samplingTime)
    let (states, inputs) = (states, inputs)
    for row in 0..<sampleCount {
      for lane in 0..<n where !states[row * n + lane].isNaN { body(lane, states[row * n + lane]) }
      for lane in 0..<m { body(n + lane, inputs[row * m + lane]) }
      for lane in 0..<n {
        let (now, next) = (states[row * n + lane], states[(row + 1) * n + lane])
        if !now.isNaN && !next.isNaN {
          body(n + m + lane, (next - now) / h)
        } else if !now.isNaN, let later = measured(lane, after: row + 1) {
          body(n + m + lane, (states[later * n + lane] - now) / (Double(later - row) * h))
        }
      }
    }
  }

  private func measured(_ lane: Int, after row: Int) -> Int? {
    (row + 1..<max(row + 1, rowCount)).first { !states[$0 * stateCount + lane].isNaN }
  }
}

extension Trajectory {
  /// Lends the values.
  package func withView<Result>(_ body: (TrajectoryView) throws -> Result) rethrows -> Result {
    try states.withUnsafeBufferPointer { states in
      try inputs.withUnsafeBufferPointer { inputs in
        try body(
          TrajectoryView(
            samplingTime: samplingTime, stateCount: stateNames.count, inputCount: inputNames.count,
            states: states, inputs: inputs))
      }
    }
  }
}
