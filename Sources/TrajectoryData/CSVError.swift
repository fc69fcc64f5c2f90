import ErrorCategories
import Files
import Glibc

/// What is wrong with a CSV file, and where.
package struct CSVError: Error, Equatable, CustomStringConvertible {
  /// What was wrong.
  package enum Problem: Sendable, Equatable {
    /// The file cannot be read, with the reason.
    case unreadable(String)
    /// The file cannot be written, with the reason.
    case unwritable(String)
    /// The file isn't text: the kind of file that it is.
    case notText(FileKind)
    /// There is no header.
    case noHeader
    /// There is no row under the header.
    case noRows
    /// The fields are separated by something else than commas: its name.
    case separator(String)
    /// Columns that the header does not have, and those it has.
    case missing([String], available: [String])
    /// A name occurs twice in the header.
    case duplicate
    /// A column is asked for twice.
    case askedTwice
    /// The number of fields of a line, and of the header.
    case fieldCount(Int, expected: Int)
    /// A blank line with others below.
    case blankLine
    /// A gap in the place of a number or a trajectory's name.
    case gap
    /// A word in a number's place.
    case notANumber(String)
    /// A number that is infinite, too large for float64, or not a number.
    case notFinite(String)
    /// A quote that is never closed.
    case openQuote
    /// The rows with this label are not contiguous; they began first in this line.
    case scattered(String, firstLine: Int)
  }

  /// The file's name.
  package let file: String
  /// The line, counted from 1.
  package let line: Int?
  /// The column's name.
  package let column: String?
  /// What was wrong.
  package let problem: Problem

  init(_ problem: Problem, file: String, line: Int? = nil, column: String? = nil) {
    self.file = file
    self.line = line
    self.column = column
    self.problem = problem
  }

  /// The text for people.
  package var description: String {
    var place = file
    if let line { place += ", line \(line)" }
    if let column { place += ", column \(column)" }
    return "\(place): \(text)"
  }

  private var text: String {
    switch problem {
    case .unreadable(let reason): return "cannot be read: \(reason)"
    case .unwritable(let reason): return "cannot be written: \(reason)"
    case .notText(let kind):
      return "is \(kind.name), not CSV; save it as text in UTF-8 with commas between fields"
    case .noHeader: return "is empty; the first line must hold the names of the columns"
    case .noRows: return "has a header but no rows"
    case .separator(let name):
      return
        "the fields seem to be separated by \(name); save the file with commas between fields and points in numbers"
    case .missing(let names, let available):
      return
        "has no column \(names.joined(separator: ", ")); its columns are \(available.joined(separator: ", "))"
    case .duplicate: return "the header has this name more than once; every column needs its own"
    case .askedTwice: return "is asked for more than once; a column can be one state or one input"
    case .fieldCount(let count, let expected):
      return "\(count == 1 ? "1 field" : "\(count) fields"), but the header has \(expected)"
    case .blankLine: return "is blank; blank lines are accepted at the end only"
    case .gap: return "is empty; every row needs a value here"
    case .notANumber(let text): return "\"\(text)\" is not a number"
    case .notFinite(let text): return "\"\(text)\" is not finite; every row needs a finite value here"
    case .openQuote: return "a quote is opened here and never closed"
    case .scattered(let label, let line):
      return "the rows of \"\(label)\" began in line \(line) and continue here after others; "
        + "keep the rows of a trajectory together, in the order of time"
    }
  }
}

extension CSVError: CategorizedError {
  /// Output for a file that can't be written, bad input for the rest.
  package var category: ErrorCategory {
    if case .unwritable = problem { .output } else { .badInput }
  }

  /// The failure to read or write a CSV file.
  init(_ error: FileError) {
    let isRead = error.operation == .read
    let reason =
      switch error.code {
      case EISDIR: "it is a folder"
      case ENOENT: isRead ? "there is no such file" : "its folder does not exist; make it first"
      case EACCES: "there is no permission"
      case ENOSPC: "the disk is full"
      case let code?: String(cString: strerror(code))
      case nil: error.problem
      }
    self.init(isRead ? .unreadable(reason) : .unwritable(reason), file: error.path)
  }
}
