import Foundation

/// A job that counts, slowly if told to, and fails in every way on demand. Its payload is `key=value;...`.
package struct ToyJob: Sendable {
  /// Makes jobs of one kind different.
  package var name = ""
  /// The steps of the job.
  package var steps = 10
  /// The pause after each step in milliseconds.
  package var pause = 0
  /// `crash`, `exit`, `hang`, `fail`, `nan` or `blob`; empty for none.
  package var act = ""
  /// The step at which it acts.
  package var at = 0
  /// A file that stands for "it has acted"; with it, the job acts once only.
  package var once = ""
  /// A file to which each start appends a line: its first step.
  package var trace = ""
  /// The digest of a blob that the job needs.
  package var blob = ""

  /// An ordinary job.
  package init(_ name: String, steps: Int = 10, pause: Int = 0) {
    (self.name, self.steps, self.pause) = (name, steps, pause)
  }

  init?(payload: [UInt8]) {
    var fields: [Substring: Substring] = [:]
    for field in String(decoding: payload, as: UTF8.self).split(separator: ";") {
      guard let equals = field.firstIndex(of: "=") else { return nil }
      fields[field[..<equals]] = field[field.index(after: equals)...]
    }
    func text(_ key: Substring) -> String { fields[key].map(String.init) ?? "" }
    guard let steps = Int(text("steps")), let pause = Int(text("pause")), let at = Int(text("at")) else {
      return nil
    }
    (name, self.steps, self.pause, act, self.at) = (text("name"), steps, pause, text("act"), at)
    (once, trace, blob) = (text("once"), text("trace"), text("blob"))
  }

  /// What is submitted.
  package var payload: [UInt8] {
    Array(
      "name=\(name);steps=\(steps);pause=\(pause);act=\(act);at=\(at);once=\(once);trace=\(trace);blob=\(blob)"
        .utf8)
  }

  /// The one right result.
  package var result: [UInt8] {
    (0..<steps).reduce(into: start) { state, step in Self.advance(&state, step) }
  }

  var start: [UInt8] { Array(name.utf8.prefix(8)) + Array(repeating: 1, count: 8 - min(8, name.utf8.count)) }

  static func advance(_ state: inout [UInt8], _ step: Int) {
    var carry = UInt8(truncatingIfNeeded: step)
    for index in state.indices {
      state[index] = state[index] &* 31 &+ carry
      carry = state[index] ^ 0x5A
    }
  }
}
