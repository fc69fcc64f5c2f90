import ErrorCategories

/// A recording that can't become trajectories.
package struct RecordingError: CategorizedError, Equatable {
  package enum Problem: Sendable, Equatable {
    /// A time is not after that of the row before, in seconds.
    case notIncreasing(Double, after: Double)
    /// There is no time in this row.
    case noTime
    /// Steps with their counts, the most frequent first, and the number of others.
    case uneven([UnevenStep], others: Int, usual: Double)
    /// The times' usual step differs from the one that is asked for.
    case step(Double, expected: Double)
    /// Neither a sampling time nor a time column is given.
    case noSamplingTime
    /// The rows of joined files, by row.
    case joinedRows(Int, String, Int)
    /// Files are joined by time, but there is no time column.
    case joinWithoutTime
    /// A pattern of times that can't be read.
    case timeFormat(String)
    /// A range that begins after the last row: rows of the file.
    case rows(RowRange, count: Int)
    /// No two rows in a row have all values; columns with missing values and their counts.
    case noWholeRows([MissingCount], rows: Int)
    /// The file, or a link to it, is used by both sources, with rows and signals in common.
    case overlap(String, String, part: String, otherPart: String)
  }

  /// A step between two rows, and how often it occurs.
  package struct UnevenStep: Sendable, Equatable {
    package let seconds: Double
    package let count: Int
  }

  /// A column and the number of its missing values.
  package struct MissingCount: Sendable, Equatable {
    package let column: String
    package let count: Int
  }

  package let file: String
  package let line: Int?
  package let column: String?
  package let problem: Problem
  /// How `line` counts.
  private let numbering: RowNumbering

  package init(
    _ problem: Problem, file: String, line: Int? = nil, _ numbering: RowNumbering = .lines,
    column: String? = nil
  ) {
    (self.problem, self.file, self.line, self.column) = (problem, file, line, column)
    self.numbering = numbering
  }

  package var category: ErrorCategory { .badInput }

  package var description: String {
    var place = file
    if let line { place += ", \(numbering.rawValue) \(line)" }
    if let column { place += ", column \(column)" }
    return "\(place): \(text)"
  }

  private var text: String {
    switch problem {
    case .notIncreasing(let time, let before):
      return time == before
        ? "the time is that of the row before; remove repeated rows, or name the column that tells runs apart under "
          + "dataset.files.trajectoryColumn"
        : "the time goes back by \(short(before - time)) s; sort the rows, or name the column that tells runs apart under "
          + "dataset.files.trajectoryColumn"
    case .noTime: return "there is no time; remove the row or complete it"
    case .uneven(let steps, let others, let usual):
      let list = steps.map { "\(short($0.seconds)) s \($0.count) times" }.joined(separator: ", ")
      return "the steps of time are uneven: \(list)\(others > 0 ? ", and \(others) others" : ""); "
        + "write dataset.files.resample: {step: \(short(usual))}, with maxGap for the longest gap to bridge"
    case .step(let step, let expected):
      return "the usual step of time is \(short(step)) s, but dataset.files has \(short(expected)) s; "
        + "correct samplingTime or time.unit, or write resample: {step: \(short(expected))}"
    case .noSamplingTime:
      return
        "the time from row to row is not known; write dataset.files.samplingTime, or dataset.files.time with the "
        + "column of times"
    case .joinedRows(let count, let other, let otherCount):
      return "has \(count) rows, but \(other), to be joined row by row, has \(otherCount); "
        + "join them by time, or give both files the same rows"
    case .joinWithoutTime:
      return "is to be joined by time, but there is no time column; write dataset.files.time, or by: row"
    case .timeFormat(let pattern):
      return "\"\(pattern)\" is not a pattern of times; write iso, or one such as dd/MM/yyyy HH:mm:ss"
    case .rows(let range, let count):
      return "rows \(range) are not in the file, which has \(count) rows, counted from 0; correct the range"
    case .noWholeRows(let missing, let rows):
      let list = missing.map { "\($0.column) in \($0.count)" }.joined(separator: ", ")
      return
        "no two rows in turn have all values; of \(rows) rows values are missing of \(list); leave a column out, or "
        + "interpolate with dataset.files.resample, step and maxGap"
    case .overlap(let first, let second, let part, let otherPart):
      return first == second && part == otherPart
        ? "is used twice for \(part), with the same rows; remove one"
        : "\(first) (\(part)) and \(second) (\(otherPart)) are the same file with rows in common; "
          + "each row has one use: give other files, or rows that do not overlap"
    }
  }

  private func short(_ value: Double) -> String {
    let rounded = TimeAxis.rounded(value, digits: 6)
    return rounded == rounded.rounded() && abs(rounded) < 1e6 ? "\(Int(rounded))" : "\(rounded)"
  }
}
