import Files
import Foundation

/// Chosen numeric columns of a CSV file with a header.
package struct CSVTable: Sendable, Equatable {
  /// Contiguous rows with the same label.
  package struct Run: Sendable, Equatable {
    /// The label.
    package let label: String
    /// The rows, counted from 0.
    package internal(set) var rows: Range<Int>
    /// The line of the first row, counted from 1.
    package let line: Int
  }

  /// The chosen columns, in the order in which they were asked for.
  package let columns: [String]
  /// The numbers, row-major [rowCount x columns.count]; all finite.
  package let values: [Double]
  /// The number of rows.
  package let rowCount: Int
  /// The runs of equal labels, each label once; empty without a label column.
  package let runs: [Run]

  /// Reads a file. See ``init(bytes:file:columns:labelColumn:)``.
  package init(contentsOf path: String, columns: [String], labelColumn: String? = nil) throws(CSVError) {
    let kind: FileKind
    do throws(FileError) {
      kind = try FileKind.of(path)
    } catch {
      throw CSVError(error)
    }
    guard kind.isText else { throw CSVError(.notText(kind), file: path) }
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    } catch {
      throw CSVError(.unreadable(error.localizedDescription), file: path)
    }
    let result = data.withUnsafeBytes { raw in
      Result { () throws(CSVError) in
        try CSVTable(
          bytes: raw.bindMemory(to: UInt8.self), file: path, columns: columns, labelColumn: labelColumn)
      }
    }
    self = try result.get()
  }

  /// Reads UTF-8 text: fields separated by commas, a header with the columns' names, perhaps quoted.
  ///
  /// - Parameters:
  ///   - bytes: the text.
  ///   - file: its name, for messages.
  ///   - columns: the columns to read, each once.
  ///   - labelColumn: a column whose fields are names, numbers or not; equal ones must be contiguous.
  /// - Throws: ``CSVError``. O(bytes).
  package init(
    bytes: UnsafeBufferPointer<UInt8>, file: String, columns: [String], labelColumn: String? = nil
  ) throws(CSVError) {
    var reader = try CSVReader(bytes, file: file, columns: columns, labelColumn: labelColumn)
    try reader.readRows()
    self.columns = columns
    values = reader.values
    rowCount = reader.rowCount
    runs = reader.runs
  }
}
