import TrajectoryData

/// A whole number for each of some signals.
package enum SignalCounts: Codable, Hashable, Sendable {
  /// The same for all of them.
  case all(Int)
  /// By the signal's name; the others have the default.
  case named([String: Int])

  /// The numbers of signals, in their order.
  package func counts(of signals: [String], default value: Int) -> [Int] {
    switch self {
    case .all(let count): signals.map { _ in count }
    case .named(let counts): signals.map { counts[$0] ?? value }
    }
  }

  /// Names that are not among the signals, sorted.
  package func strangers(to signals: [String]) -> [String] {
    guard case .named(let counts) = self else { return [] }
    return counts.keys.filter { !signals.contains($0) }.sorted()
  }
}

/// How many past rows of its signals a network sees.
package struct Lags: Codable, Hashable, Sendable {
  /// Lags of the outputs, at least 1; 1 of those without a number.
  package var outputs: SignalCounts
  /// Lags of the inputs, at least 1; 1 of those without a number.
  package var inputs: SignalCounts

  /// Lags of given numbers, by default the present row alone.
  package init(outputs: SignalCounts = .all(1), inputs: SignalCounts = .all(1)) {
    (self.outputs, self.inputs) = (outputs, inputs)
  }
}

extension Variant {
  /// The regressor of the variant on a dataset with such signals. Throws `RegressorError` for a number out of range or the
  /// name of a signal that the dataset doesn't have.
  package func regressor(outputs: [String], inputs: [String]) throws(RegressorError) -> Regressor {
    for (key, counts, signals) in [
      ("lags.outputs", lags.outputs, outputs), ("lags.inputs", lags.inputs, inputs),
      ("deadTime", deadTime, inputs),
    ] {
      guard let stranger = counts.strangers(to: signals).first else { continue }
      throw RegressorError(
        problem: "\(key) names '\(stranger)', but the dataset has \(signals.joined(separator: ", "))")
    }
    let lagsAndDeadTimes = zip(
      lags.inputs.counts(of: inputs, default: 1), deadTime.counts(of: inputs, default: 0))
    return try Regressor(
      outputLags: lags.outputs.counts(of: outputs, default: 1), hiddenStates: hiddenStates,
      inputs: lagsAndDeadTimes.map { Regressor.Input(lags: $0, deadTime: $1) }, inputAtOutput: inputAtOutput)
  }
}
