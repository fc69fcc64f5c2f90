import ErrorCategories

/// The values from which a network predicts the next row: lags of the measured outputs, hidden states, and lags of the
/// inputs after their dead times.
///
/// At row t of a trajectory the network's inputs are, signal by signal and the newest value first,
///
///     y1[t], y1[t-1], ..., y2[t], ..., h1, h2, ..., u1[t-d1], u1[t-d1-1], ..., u2[t-d2], ...
///
/// With one lag of each signal, no dead time and no hidden state that is a row of the trajectory: (x, u).
package struct Regressor: Sendable, Hashable {
  /// The lags of an input of the system.
  package struct Input: Sendable, Hashable, Codable {
    /// Number of lags, at least 1.
    package let lags: Int
    /// Dead time d in rows, at least 0: values newer than u[t-d] don't act yet.
    package let deadTime: Int

    /// Lags and dead time of an input.
    package init(lags: Int, deadTime: Int = 0) { (self.lags, self.deadTime) = (lags, deadTime) }
  }

  /// Number of lags of each of the n outputs, at least 1.
  package let outputLags: [Int]
  /// Number of states that the network feeds back and that no data are compared with.
  package let hiddenStates: Int
  /// Lags and dead time of each of the m inputs.
  package let inputs: [Input]
  /// Whether the lags of the inputs begin one row later, with the row that is predicted: u[t+1-d].
  package let inputAtOutput: Bool

  /// One input of the network.
  package struct Column: Sendable, Hashable {
    /// The kinds of signals.
    package enum Kind: Sendable, Hashable { case output, hidden, input }
    /// What it is a lag of.
    package let kind: Kind
    /// Place among the outputs, hidden states or inputs.
    package let index: Int
    /// Rows between the value and the present one; -1: the row that is predicted. 0 for hidden states.
    package let lag: Int
  }

  /// The inputs of the network, in its order.
  package let columns: [Column]
  /// Rows before the first from which a prediction can be made: a trajectory's rows `warmUp` to rowCount - 2 are its
  /// samples, and a forecast begins with the measured rows 0 to `warmUp`.
  package let warmUp: Int

  /// A regressor of given lags. Throws ``RegressorError`` without an output, or if a number is out of range.
  package init(
    outputLags: [Int], hiddenStates: Int = 0, inputs: [Input], inputAtOutput: Bool = false
  ) throws(RegressorError) {
    guard !outputLags.isEmpty else { throw RegressorError(problem: "a regressor needs at least one output") }
    for lags in outputLags + inputs.map(\.lags) where !Self.lagRange.contains(lags) {
      throw RegressorError(
        problem: "\(lags) lags; there must be \(Self.lagRange.lowerBound) to \(Self.lagRange.upperBound)")
    }
    for input in inputs where !Self.deadTimeRange.contains(input.deadTime) {
      throw RegressorError(
        problem: "a dead time of \(input.deadTime) rows; there must be 0 to \(Self.deadTimeRange.upperBound)")
    }
    guard (0...Self.lagRange.upperBound).contains(hiddenStates) else {
      throw RegressorError(
        problem: "\(hiddenStates) hidden states; there must be 0 to \(Self.lagRange.upperBound)")
    }
    self.outputLags = outputLags
    self.hiddenStates = hiddenStates
    self.inputs = inputs
    self.inputAtOutput = inputAtOutput
    columns =
      outputLags.enumerated().flatMap { index, lags in
        (0..<lags).map { Column(kind: .output, index: index, lag: $0) }
      } + (0..<hiddenStates).map { Column(kind: .hidden, index: $0, lag: 0) }
      + inputs.enumerated().flatMap { index, input in
        (0..<input.lags).map {
          Column(kind: .input, index: index, lag: input.deadTime + $0 - (inputAtOutput ? 1 : 0))
        }
      }
    warmUp = max(0, columns.map(\.lag).max() ?? 0)
  }

  /// Lags that a signal may have.
  package static var lagRange: ClosedRange<Int> { 1...1000 }
  /// Dead times that an input may have, in rows.
  package static var deadTimeRange: ClosedRange<Int> { 0...100_000 }

  /// The present row alone: n outputs and m inputs with one lag each.
  /// - Precondition: n >= 1.
  package static func present(outputs n: Int, inputs m: Int) -> Regressor {
    guard
      let regressor = try? Regressor(
        outputLags: .init(repeating: 1, count: n), inputs: .init(repeating: Input(lags: 1), count: m))
    else { preconditionFailure("a regressor without outputs") }
    return regressor
  }

  /// Whether it is the present row alone.
  package var isPresentRow: Bool { self == .present(outputs: outputLags.count, inputs: inputs.count) }

  /// Number n of measured outputs.
  package var outputCount: Int { outputLags.count }
  /// Number of signals: outputs, hidden states and inputs.
  package var signalCount: Int { outputLags.count + hiddenStates + inputs.count }

  /// The signal of a column: its place among outputs, hidden states and inputs.
  package func signal(of column: Column) -> Int {
    switch column.kind {
    case .output: column.index
    case .hidden: outputLags.count + column.index
    case .input: outputLags.count + hiddenStates + column.index
    }
  }

  /// The signal of each column, ascending.
  package var signalOfColumn: [Int] { columns.map(signal(of:)) }

  /// The columns of each signal, the newest first.
  package var columnsOfSignal: [Range<Int>] {
    var end = 0
    return (outputLags + .init(repeating: 1, count: hiddenStates) + inputs.map(\.lags)).map { count in
      defer { end += count }
      return end..<end + count
    }
  }

  /// The columns of each output and input, without the hidden states.
  package var columnsOfRecordedSignal: [Range<Int>] {
    let groups = columnsOfSignal
    return Array(groups[..<outputCount] + groups[(outputCount + hiddenStates)...])
  }

  /// Which signals reach the outputs, from which columns reach the outputs and hidden states in one step:
  /// [outputs + hidden states][columns] -> [outputs][outputs + inputs]. A signal reaches an output by any of its lags, or
  /// through hidden states.
  package func bySignal(_ table: [[Bool]]) -> [[Bool]] {
    let (groups, n) = (columnsOfSignal, outputCount)
    let direct = table.map { row in groups.map { row[$0].contains(true) } }
    return (0..<n).map { output in
      let hidden = hiddenStates(reaching: output, direct)
      let row = direct[output].indices.map { signal in
        direct[output][signal] || hidden.contains { direct[n + $0][signal] }
      }
      return Array(row[..<n] + row[(n + hiddenStates)...])
    }
  }

  /// The hidden states that reach a measured output, perhaps through others; those that don't can be left out.
  package func neededHiddenStates(_ table: [[Bool]]) -> [Int] {
    let groups = columnsOfSignal
    let direct = table.map { row in groups.map { row[$0].contains(true) } }
    return Set((0..<outputCount).flatMap { hiddenStates(reaching: $0, direct) }).sorted()
  }

  private func hiddenStates(reaching output: Int, _ direct: [[Bool]]) -> Set<Int> {
    var found: Set<Int> = []
    var rows = [output]
    while let row = rows.popLast() {
      for state in 0..<hiddenStates where direct[row][outputCount + state] && found.insert(state).inserted {
        rows.append(outputCount + state)
      }
    }
    return found
  }

  /// The regressor at a row, in physical units: hidden states are 0.
  /// - Precondition: the trajectory has the signals and the rows.
  package func values(of trajectory: Trajectory, row: Int) -> [Double] {
    let (n, m) = (outputCount, inputs.count)
    return columns.map { column in
      switch column.kind {
      case .output: trajectory.states[(row - column.lag) * n + column.index]
      case .hidden: 0
      case .input: trajectory.inputs[(row - column.lag) * m + column.index]
      }
    }
  }

  /// Whether a sample of a trajectory has all its values and all states of the next row. O(rows x columns).
  package func hasWholeSample(in trajectory: Trajectory) -> Bool {
    let (n, states) = (outputCount, trajectory.states)
    guard trajectory.hasMissing else { return sampleCount(rows: trajectory.rowCount) > 0 }
    return (warmUp..<warmUp + sampleCount(rows: trajectory.rowCount)).contains { row in
      columns.allSatisfy { $0.kind != .output || !states[(row - $0.lag) * n + $0.index].isNaN }
        && (0..<n).allSatisfy { !states[row * n + $0].isNaN && !states[(row + 1) * n + $0].isNaN }
    }
  }

  /// Samples of a trajectory of that many rows; 0 of one that is too short.
  package func sampleCount(rows: Int) -> Int { max(0, rows - 1 - warmUp) }
}

// MARK: - Names

extension Regressor {
  /// The names of the signals: the outputs', the hidden states', the inputs'.
  package func signalNames(outputs: [String], inputs: [String]) -> [String] {
    outputs + Self.hiddenStateNames(hiddenStates, besides: outputs + inputs) + inputs
  }

  /// `h1`, `h2`, ...; beside a signal with such a name `hidden1`, `hidden2`, ..., and so on with underscores.
  package static func hiddenStateNames(_ count: Int, besides signals: [String]) -> [String] {
    let taken = Set(signals)
    var prefix = "h"
    while true {
      let names = (0..<count).map { "\(prefix)\($0 + 1)" }
      if taken.isDisjoint(with: names) { return names }
      prefix = prefix == "h" ? "hidden" : prefix + "_"
    }
  }

  /// The name of each column: `level[t-2]`, or `level` where the present value is the signal's only one.
  package func columnNames(outputs: [String], inputs: [String]) -> [String] {
    let signals = signalNames(outputs: outputs, inputs: inputs)
    let counts = columnsOfSignal.map(\.count)
    return columns.map { column in
      let signal = signal(of: column)
      if counts[signal] == 1 && column.lag == 0 { return signals[signal] }
      return signals[signal] + Self.time(lag: column.lag)
    }
  }

  /// `[t-2]`, `[t]` or `[t+1]`.
  package static func time(lag: Int) -> String {
    lag == 0 ? "[t]" : lag > 0 ? "[t-\(lag)]" : "[t+\(-lag)]"
  }
}

extension Regressor: Codable {
  private enum CodingKeys: String, CodingKey { case outputLags, hiddenStates, inputs, inputAtOutput }

  /// Decodes a regressor. Throws ``RegressorError`` for numbers out of range.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      outputLags: try container.decode([Int].self, forKey: .outputLags),
      hiddenStates: try container.decode(Int.self, forKey: .hiddenStates),
      inputs: try container.decode([Input].self, forKey: .inputs),
      inputAtOutput: try container.decode(Bool.self, forKey: .inputAtOutput))
  }

  /// Encodes the lags, dead times and numbers that it was made of.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(outputLags, forKey: .outputLags)
    try container.encode(hiddenStates, forKey: .hiddenStates)
    try container.encode(inputs, forKey: .inputs)
    try container.encode(inputAtOutput, forKey: .inputAtOutput)
  }
}

/// Lags that make no regressor.
package struct RegressorError: CategorizedError, Equatable {
  /// What is wrong.
  package let problem: String

  /// A problem in words.
  package init(problem: String) { self.problem = problem }

  package var category: ErrorCategory { .badInput }
  package var description: String { problem }
}
