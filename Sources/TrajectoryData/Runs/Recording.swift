/// A file with one or more runs: which of its rows and columns are meant.
package struct Recording: Codable, Equatable, Sendable {
  /// The file.
  package var file: String
  /// The rows that are used, counted from 0 below the header; nil: all.
  package var rows: RowRange?
  /// The columns of signals that have other names in this file: from the signal's name to the column's.
  package var columns: [String: String]
  /// A second file with more signals of the same run.
  package var join: JoinedFile?
  /// The file's dialect, if it isn't that of the dataset.
  package var format: TableFormat?

  package init(
    _ file: String, rows: RowRange? = nil, columns: [String: String] = [:], join: JoinedFile? = nil,
    format: TableFormat? = nil
  ) {
    (self.file, self.rows, self.columns, self.join, self.format) = (file, rows, columns, join, format)
  }

  /// The column of a signal.
  package func column(of signal: String) -> String { columns[signal] ?? signal }
}

extension Recording: ExpressibleByStringLiteral {
  package init(stringLiteral file: String) { self.init(file) }
}

/// A file whose rows belong to those of another.
package struct JoinedFile: Codable, Equatable, Sendable {
  /// How rows are brought together.
  package enum Key: String, Codable, CaseIterable, Sendable {
    /// Row by row; both files have equally many.
    case row
    /// By the time columns of both.
    case time
  }

  package var file: String
  package var by: Key
  /// The time column, if it has another name or format than in the first file.
  package var time: TimeColumn?
  package var format: TableFormat?

  package init(_ file: String, by: Key, time: TimeColumn? = nil, format: TableFormat? = nil) {
    (self.file, self.by, self.time, self.format) = (file, by, time, format)
  }
}

/// A range of rows: `100..<40575`, `100...40574`, `100...` or `..<40575`.
package struct RowRange: Codable, Equatable, Sendable, CustomStringConvertible {
  package let lowerBound: Int
  /// The row after the last; nil: to the end.
  package let upperBound: Int?

  package init(_ lowerBound: Int, _ upperBound: Int?) {
    (self.lowerBound, self.upperBound) = (lowerBound, upperBound)
  }

  /// Nil for another text, and for an empty range.
  package init?(_ text: String) {
    func number(_ part: Substring) -> Int? {
      part.utf8.allSatisfy { (48...57).contains($0) } ? Int(part) : nil
    }
    if let open = text.firstRange(of: "..<") {
      guard let upper = number(text[open.upperBound...]) else { return nil }
      self.init(number(text[..<open.lowerBound]) ?? 0, upper)
      guard open.lowerBound == text.startIndex || number(text[..<open.lowerBound]) != nil else { return nil }
    } else if let closed = text.firstRange(of: "...") {
      guard let lower = number(text[..<closed.lowerBound]) else { return nil }
      let rest = text[closed.upperBound...]
      guard rest.isEmpty || number(rest) != nil else { return nil }
      self.init(lower, number(rest).map { $0 + 1 })
    } else {
      return nil
    }
    if let upperBound, upperBound <= lowerBound { return nil }
  }

  package var description: String { upperBound.map { "\(lowerBound)..<\($0)" } ?? "\(lowerBound)..." }

  /// Whether a row is in both.
  package func overlaps(_ other: RowRange) -> Bool {
    lowerBound < other.upperBound ?? .max && other.lowerBound < upperBound ?? .max
  }
}

/// The column that holds the time of a row.
package struct TimeColumn: Codable, Equatable, Sendable {
  /// The unit of times that are numbers.
  package enum Unit: String, Codable, CaseIterable, Sendable {
    case nanoseconds = "ns"
    case microseconds = "us"
    case milliseconds = "ms"
    case seconds = "s"
    case minutes = "min"
    case hours = "h"
    case days = "d"
    /// 365.25 days.
    case years = "a"

    /// In seconds.
    package var seconds: Double {
      switch self {
      case .nanoseconds: 1e-9
      case .microseconds: 1e-6
      case .milliseconds: 1e-3
      case .seconds: 1
      case .minutes: 60
      case .hours: 3600
      case .days: 86_400
      case .years: 31_557_600
      }
    }
  }

  /// The column's name.
  package var column: String
  /// A second column with the time of day, beside one with the date.
  package var clock: String?
  /// The unit of numbers.
  package var unit: Unit
  /// `numbers`, or the pattern of texts, `iso` or as ``TimeFormat`` describes it; with `clock` the two patterns, separated
  /// by a blank. Nil: recognised from the file.
  package var format: String?
  /// The share of a step by which steps may differ from it.
  package var tolerance: Double

  package init(
    _ column: String, clock: String? = nil, unit: Unit = .seconds, format: String? = nil,
    tolerance: Double = 0.01
  ) {
    (self.column, self.clock, self.unit) = (column, clock, unit)
    (self.format, self.tolerance) = (format, tolerance)
  }

  /// The columns with the ways of reading them; nil if the format isn't one.
  var kinds: [(name: String, kind: TableReader.Kind)]? {
    guard let format, format != Self.numbers else { return clock == nil ? [(column, .number)] : nil }
    guard let clock else {
      return TimeFormat(pattern: format).flatMap { $0.hasDate ? [(column, .time($0))] : nil }
    }
    let parts = format.split(separator: " ")
    guard parts.count == 2, let date = TimeFormat(pattern: String(parts[0])), date.hasDate,
      let time = TimeFormat(pattern: String(parts[1])), !time.hasDate
    else { return nil }
    return [(column, .time(date)), (clock, .time(time))]
  }
}

/// Brings signals to a constant sampling time.
package struct Resampling: Codable, Equatable, Sendable {
  /// The value of a signal between its rows.
  package enum Method: String, Codable, CaseIterable, Sendable {
    /// That of the last row.
    case hold
    /// On the straight line between two rows.
    case linear
    /// The mean of the rows from a point in time to the next.
    case mean
  }

  /// The new sampling time (s).
  package var step: Double
  /// For states.
  package var states: Method
  /// For inputs.
  package var inputs: Method
  /// Longer gaps between the rows of a signal (s) end a run; nil: three times the larger of the step and the file's usual
  /// step.
  package var maxGap: Double?

  package init(
    step: Double, states: Method = .linear, inputs: Method = .hold, maxGap: Double? = nil
  ) {
    (self.step, self.states, self.inputs, self.maxGap) = (step, states, inputs, maxGap)
  }
}

/// What happens where outputs are missing.
package enum MissingOutputs: String, Codable, CaseIterable, Sendable {
  /// The run is cut, as it is where inputs are missing.
  case cut
  /// They count in no loss, error or mean.
  case mask
}

/// How the last part of every training run is set aside.
package struct RunSplit: Codable, Equatable, Sendable {
  /// The share of a run's rows at its end for testing, 0 to below 1.
  package var test: Double
  /// The share before it for validation.
  package var validation: Double

  package init(test: Double = 0, validation: Double = 0) {
    (self.test, self.validation) = (test, validation)
  }

  /// The rows of each part of a run.
  func parts(of count: Int) -> [(part: TrajectorySet.Part, rows: Range<Int>)] {
    let tested = Int(Double(count) * test)
    let validated = Int(Double(count) * validation)
    let end = max(0, count - tested - validated)
    return [
      (.training, 0..<end), (.validation, end..<count - tested), (.test, count - tested..<count),
    ]
  }
}
