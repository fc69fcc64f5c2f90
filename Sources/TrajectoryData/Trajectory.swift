import ErrorCategories

/// One time series of states and inputs at a constant sampling time.
///
/// Row i holds the state x_i at the time t_i = i h and the input u_i that acts over [t_i, t_i + h). All values are
/// finite, but that a state which was not measured is NaN if ``hasMissing``; there are at least two rows.
package struct Trajectory: Sendable, Equatable {
  /// The sampling time h (s).
  package let samplingTime: Double
  /// The names of the n states.
  package let stateNames: [String]
  /// The names of the m inputs.
  package let inputNames: [String]
  /// The states, row-major [rowCount x n].
  package let states: [Double]
  /// The inputs, row-major [rowCount x m].
  package let inputs: [Double]
  /// Where it comes from, for messages: a file, perhaps with the trajectory's name in it; nil if computed.
  package let source: String?
  /// Whether some states were not measured. They count in no mean, loss or error.
  package let hasMissing: Bool

  /// A trajectory of flat, row-major states [rows x n] and inputs [rows x m].
  ///
  /// Throws ``TrajectoryError`` if there is no state, the sampling time is not positive and finite, the counts do not fit,
  /// there are fewer than two rows, or a value is not finite, except a missing state where they are allowed. O(values).
  package init(
    samplingTime: Double, stateNames: [String], inputNames: [String], states: [Double], inputs: [Double],
    source: String? = nil, allowsMissing: Bool = false
  ) throws(TrajectoryError) {
    func fail(_ problem: TrajectoryError.Problem) -> TrajectoryError {
      TrajectoryError(source: source, problem: problem)
    }
    let (n, m) = (stateNames.count, inputNames.count)
    guard n > 0 else { throw fail(.noStates) }
    guard samplingTime > 0, samplingTime.isFinite else { throw fail(.samplingTime(samplingTime)) }
    let rows = states.count / n
    guard states.count == rows * n, inputs.count == rows * m else {
      throw fail(.counts(states: states.count, n: n, inputs: inputs.count, m: m))
    }
    guard rows >= 2 else { throw fail(.tooFewRows(rows)) }
    hasMissing = allowsMissing && states.contains(where: \.isNaN)
    if let bad = states.firstIndex(where: { !$0.isFinite && !(allowsMissing && $0.isNaN) }) {
      throw fail(.notFinite(states[bad], row: bad / n, name: stateNames[bad % n]))
    }
    if let bad = inputs.firstIndex(where: { !$0.isFinite }) {
      throw fail(.notFinite(inputs[bad], row: bad / m, name: inputNames[bad % m]))
    }
    self.samplingTime = samplingTime
    self.stateNames = stateNames
    self.inputNames = inputNames
    self.states = states
    self.inputs = inputs
    self.source = source
  }

  /// The trajectory with some of its states, in the given order.
  /// - Precondition: the trajectory has these states.
  package func selecting(states names: [String]) throws(TrajectoryError) -> Trajectory {
    let places = names.map { name in
      guard let place = stateNames.firstIndex(of: name) else {
        preconditionFailure("the trajectory has no state \(name)")
      }
      return place
    }
    return try Trajectory(
      samplingTime: samplingTime, stateNames: names, inputNames: inputNames,
      states: (0..<rowCount).flatMap { row in places.map { states[row * stateNames.count + $0] } },
      inputs: inputs, source: source, allowsMissing: hasMissing)
  }

  /// The trajectory with all states, as ``bridgedStates(_:)``.
  package func bridged() throws(TrajectoryError) -> Trajectory {
    guard hasMissing else { return self }
    return try Trajectory(
      samplingTime: samplingTime, stateNames: stateNames, inputNames: inputNames,
      states: bridgedStates(rowCount), inputs: inputs, source: source)
  }

  /// The first `rows` rows of the states, row-major; a missing one lies on the line between its neighbours in time, or is the
  /// nearest where there is but one; 0 if a state is never measured.
  package func bridgedStates(_ rows: Int) -> [Double] {
    let n = stateNames.count
    var result = Array(states[..<(rows * n)])
    guard hasMissing else { return result }
    for lane in 0..<n {
      var before: Int?
      for row in 0..<rowCount where !states[row * n + lane].isNaN {
        let value = states[row * n + lane]
        let start = before.map { states[$0 * n + lane] } ?? value
        let first = before.map { $0 + 1 } ?? 0
        for gap in first..<max(first, min(row, rows)) {
          let share = before.map { Double(gap - $0) / Double(row - $0) } ?? 0
          result[gap * n + lane] = start + share * (value - start)
        }
        before = row
        if row >= rows { break }
      }
      let last = before.map { states[$0 * n + lane] } ?? 0
      let first = before.map { $0 + 1 } ?? 0
      for row in first..<max(first, rows) { result[row * n + lane] = last }
    }
    return result
  }

  /// The number of rows.
  package var rowCount: Int { states.count / stateNames.count }
  /// The number of training samples: rows that have a successor.
  package var sampleCount: Int { rowCount - 1 }

  /// The state x_i, n values.
  package func state(_ row: Int) -> ArraySlice<Double> {
    states[row * stateNames.count..<(row + 1) * stateNames.count]
  }

  /// The input u_i, m values.
  package func input(_ row: Int) -> ArraySlice<Double> {
    inputs[row * inputNames.count..<(row + 1) * inputNames.count]
  }
}

/// Why values do not make a trajectory.
package struct TrajectoryError: CategorizedError, Equatable {
  /// What was wrong.
  package enum Problem: Sendable, Equatable {
    /// There is no state.
    case noStates
    /// The sampling time is not positive and finite.
    case samplingTime(Double)
    /// The numbers of values are not rows times columns.
    case counts(states: Int, n: Int, inputs: Int, m: Int)
    /// Fewer than two rows.
    case tooFewRows(Int)
    /// A value is not finite; rows count from 0.
    case notFinite(Double, row: Int, name: String)
  }

  /// The trajectory's source, if known.
  package let source: String?
  /// What was wrong.
  package let problem: Problem

  package var category: ErrorCategory { .badInput }

  package var description: String {
    let subject = source.map { "\($0): " } ?? ""
    switch problem {
    case .noStates:
      return subject + "a trajectory needs at least one state"
    case .samplingTime(let h):
      return subject + "the sampling time is \(h) s; it must be positive and finite"
    case .counts(let states, let n, let inputs, let m):
      return subject + "\(states) values of \(n) states and \(inputs) values of \(m) inputs are not full rows"
    case .tooFewRows(let rows):
      return subject
        + "\(rows == 1 ? "1 row" : "\(rows) rows"); a trajectory needs at least 2: check that the file is whole"
    case .notFinite(let value, let row, let name):
      return subject + "\(name) is \(value) in row \(row) (counted from 0); all values must be finite"
    }
  }
}
