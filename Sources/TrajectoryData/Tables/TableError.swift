import ErrorCategories
import Files
import Glibc

/// A table that can't be used: which file, where in it, what is wrong and what to do.
package struct TableError: Error, Equatable, CustomStringConvertible {
  package enum Problem: Sendable, Equatable {
    /// The file cannot be read, with the reason.
    case unreadable(String)
    /// The file cannot be written, with the reason.
    case unwritable(String)
    /// The file isn't text: the kind of file that it is.
    case notText(FileKind)
    /// The text is another format than a table: its name.
    case otherText(String)
    /// A NUL byte in text.
    case nul
    /// Bytes that are not in the file's encoding.
    case encoding(TableFormat.Encoding)
    /// There is nothing, or only comments.
    case empty
    /// There is no row under the header.
    case noRows
    /// A line longer than this many bytes.
    case longLine(Int)
    /// Two readings of the file that are both possible: their descriptions.
    case ambiguous(String, String)
    /// A line separated otherwise than another one.
    case mixedSeparators(TableFormat.Separator, other: TableFormat.Separator, line: Int)
    /// The comma is separator and decimal mark at once: fields of the line, and of the header.
    case commaTwice(Int, expected: Int)
    /// Columns that the header does not have, and those it has.
    case missing([String], available: [String])
    /// A name that is asked for occurs twice in the header: the columns' numbers.
    case duplicate(Int, Int)
    /// A column is asked for twice.
    case askedTwice
    /// The number of fields of a line, and of the header or the first row.
    case fieldCount(Int, expected: Int)
    /// A blank line with others below.
    case blankLine
    /// A gap where a value must stand.
    case gap
    /// A word in a number's place.
    case notANumber(String)
    /// A number with thousands separators, and the format's word for them.
    case thousands(String, TableFormat.ThousandsMark)
    /// A number with another decimal mark than the file's.
    case decimalMark(String, TableFormat.DecimalMark)
    /// A number that is infinite or too large for float64.
    case notFinite(String)
    /// A quote that is never closed.
    case openQuote
    /// A text that is not a time in the format.
    case notATime(String, format: String)
    /// A time that can be read with the day or the month first.
    case ambiguousTime(String)
    /// A file of arrays that can't be read whole, with what is wrong.
    case damaged(String)
    /// An array that holds something else than a signal, with the way to one.
    case unsupported(String, String)
    /// A file of arrays without any of numbers.
    case noArrays
    /// Arrays of different lengths: this column, and another one.
    case lengths(Int, other: String, Int)
    /// A value of an array that is infinite, in this row, counted from 0.
    case infinite(row: Int)
    /// Keys of a dialect for a file of arrays.
    case formatOfArrays
    /// A table whose rows are the signals: rows and columns.
    case transposed(rows: Int, columns: Int)
    /// A marker of missing values that is neither a number nor a word.
    case badMarker(String)
  }

  /// The file's path.
  package let file: String
  /// The line, counted from 1.
  package let line: Int?
  /// The column's name.
  package let column: String?
  package let problem: Problem

  package init(_ problem: Problem, file: String, line: Int? = nil, column: String? = nil) {
    (self.file, self.line, self.column, self.problem) = (file, line, column, problem)
  }

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
    case .notText(let kind): return "is \(kind.name), not a table of text; \(kind.remedy)"
    case .otherText(let name):
      return "is \(name), not a table; export the data as CSV, one row a sample"
    case .nul:
      return "holds a NUL byte; the file is damaged from here on: cut it off before, or export it again"
    case .encoding(let encoding):
      return "is not text in \(encoding.rawValue.uppercased()); "
        + "write the right dataset.files.format.encoding, or save the file in UTF-8"
    case .empty: return "has no line of data; check that the right file is given"
    case .noRows: return "has a header but no rows; check that the export is complete"
    case .longLine(let limit):
      return "is longer than \(limit) bytes; check the line ends, or that this is a table"
    case .ambiguous(let first, let second):
      return "can be read in two ways: \(first); or \(second). "
        + "Write the one that is right under dataset.files.format"
    case .mixedSeparators(let separator, let other, let line):
      return "the fields are separated by \(separator.plural), those of line \(line) by \(other.plural); "
        + "save the file with one separator"
    case .commaTwice(let count, let expected):
      return "\(count) fields, but the header has \(expected): "
        + "the comma seems to be both separator and decimal mark, which can't be undone; "
        + "export the data again with semicolons or tabs between fields, or points in numbers"
    case .missing(let names, let available):
      let shown =
        available.prefix(40).joined(separator: ", ")
        + (available.count > 40 ? ", and \(available.count - 40) more" : "")
      return "has no column \(names.joined(separator: ", ")); its columns are \(shown)"
    case .duplicate(let first, let second):
      return "columns \(first) and \(second) have this name; write #\(first) or #\(second) for the one meant"
    case .askedTwice: return "is asked for more than once; each column has one use"
    case .fieldCount(let count, let expected):
      return "\(count == 1 ? "1 field" : "\(count) fields"), but the lines before have \(expected); "
        + "complete the line or remove it, or quote a field that holds a separator"
    case .blankLine: return "is blank; remove blank lines between rows"
    case .gap: return "is empty; a value is needed here"
    case .notANumber(let text):
      return "\"\(text)\" is not a number; correct it, or list it under dataset.files.missing"
    case .thousands(let text, let mark):
      return "\"\(text)\" has thousands separators; write dataset.files.format.thousands: \(mark.rawValue)"
    case .decimalMark(let text, let mark):
      return
        "\"\(text)\" has a decimal \(mark.rawValue), unlike the rest of the file; use one decimal mark throughout"
    case .notFinite(let text):
      return "\"\(text)\" is not finite; correct it, or list it under dataset.files.missing"
    case .openQuote: return "a quote is opened here and never closed; close or remove it"
    case .notATime(let text, let format):
      return
        "\"\(text)\" is not a time as \(format); write dataset.files.time.format as in dd/MM/yyyy HH:mm:ss"
    case .ambiguousTime(let text):
      return "\"\(text)\" has the day or the month first; write dataset.files.time.format: "
        + "dd/MM/yyyy or MM/dd/yyyy, with the file's punctuation and HH:mm:ss if there is a time of day"
    case .damaged(let what): return "\(what); the file is damaged: write it again"
    case .unsupported(let what, let remedy): return "\(what); \(remedy)"
    case .noArrays:
      return "holds no array of numbers with more than one value; save the signals, a row a sample"
    case .lengths(let count, let other, let otherCount):
      return "has \(count) values, but \(other) has \(otherCount); signals of one run need the same number"
    case .infinite(let row):
      return
        "the value in row \(row), counted from 0, is infinite; correct it, or write NaN for a missing value"
    case .formatOfArrays:
      return
        "is a file of arrays, which has no separators, decimal marks or header; remove dataset.files.format"
    case .transposed(let rows, let columns):
      return
        "\(rows) rows of \(columns) columns without names: the table seems to be transposed, with a signal in each row; "
        + "write it with a row a sample, for example by numpy.savetxt(\"data.csv\", numpy.loadtxt(\"FILE\").T)"
    case .badMarker(let text):
      return "\"\(text)\" cannot mark missing values; list numbers such as -999 or words such as off"
    }
  }
}

extension TableError: CategorizedError {
  /// Output for a file that can't be written, bad input for the rest.
  package var category: ErrorCategory {
    if case .unwritable = problem { .output } else { .badInput }
  }

  /// The failure to read or write a file.
  package init(_ error: FileError) {
    let isRead = error.operation == .read
    let isFolderMissing = !isRead && error.isMissing
    let reason = error.reasonText + (isFolderMissing ? "; make its folder first" : "")
    self.init(isRead ? .unreadable(reason) : .unwritable(reason), file: error.path)
  }
}

extension FileKind {
  /// How to make a table of text of a file of this kind.
  fileprivate var remedy: String {
    switch self {
    case .gzip: "unpack it with gunzip"
    case .bzip2: "unpack it with bunzip2"
    case .xz: "unpack it with unxz"
    case .zstandard: "unpack it with unzstd"
    case .zip: "unpack it with unzip"
    case .excelWorkbook, .oldExcelWorkbook: "save the sheet as CSV in the program that made it"
    case .hdf5: "write the dataset as CSV, for example with h5dump or pandas.read_hdf and to_csv"
    case .parquet: "write it as CSV, for example with pandas.read_parquet and to_csv"
    case .arrow: "write it as CSV, for example with pandas.read_feather and to_csv"
    case .numpyArray, .numpyArchive, .matlab, .safetensors, .binary: "export the data as CSV"
    case .sqlite: "export the table with sqlite3 -header -csv"
    case .pdf: "export the table as CSV"
    case .empty, .text, .utf16Text: "save it in UTF-8"
    }
  }
}
