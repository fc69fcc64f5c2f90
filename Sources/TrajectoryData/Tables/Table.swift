/// How rows are counted in messages.
package enum RowNumbering: String, Sendable {
  /// By the lines of a text, from 1.
  case lines = "line"
  /// By the rows of an array, from 0.
  case rows = "row"
}

/// Chosen columns of a table in memory.
package struct Table: Sendable {
  /// The columns, in the order in which they were asked for.
  package let columns: [String]
  /// The values, row-major [rowCount x columns.count]; NaN for missing ones.
  package private(set) var values: [Double] = []
  /// The line of each row in the file, from 1; of a file of arrays the row, from 0.
  package private(set) var lines: [Int] = []
  /// The names of a label column, by number.
  package let labels: [String]
  /// Where the times of time columns begin (s after 1970-01-01); nil without dates.
  package let timeOrigin: Int64?
  /// The file's dialect.
  package let format: TableFormat
  /// How `lines` count.
  package let numbering: RowNumbering
  /// Time between two rows by the file's own statement (s).
  package let samplingTime: Double?
  /// The units of the columns by a units row, where there is one.
  package let units: [String?]

  /// The number of rows.
  package var rowCount: Int { lines.count }

  /// Reads all rows of a file.
  ///
  /// - Parameters:
  ///   - reader: at its first row.
  ///   - columns: names and kinds of the columns, each once.
  /// - Throws: ``TableError``. O(bytes).
  package init(_ reader: TableReader, columns: [(name: String, kind: TableReader.Kind)]) throws {
    self.columns = columns.map(\.name)
    let indices = try reader.indices(of: self.columns)
    units = indices.map { $0 < reader.units.count && !reader.units[$0].isEmpty ? reader.units[$0] : nil }
    var (values, lines): ([Double], [Int]) = ([], [])
    try reader.read(zip(indices, columns).map { ($0, $1.kind) }) { rows in
      if lines.isEmpty {
        // About as many rows as the first ones suggest.
        let estimate = rows.count * (reader.size / max(1, min(reader.size, reader.bytesRead)) + 1)
        values.reserveCapacity(estimate * columns.count)
        lines.reserveCapacity(estimate)
      }
      values += rows.values
      lines += rows.lines
    }
    (self.values, self.lines) = (values, lines)
    (labels, timeOrigin, format) = (reader.labels, reader.timeOrigin, reader.format)
    (numbering, samplingTime) = (reader.numbering, reader.samplingTime)
  }

  /// Reads all rows of columns of numbers.
  package init(_ reader: TableReader, numbers columns: [String]) throws {
    try self.init(reader, columns: columns.map { ($0, .number) })
  }
}
