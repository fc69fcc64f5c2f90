import Foundation
import TextFormatting

/// A table of the report: for readers in the page, and as numbers in a CSV file.
package struct Table: Sendable {
  /// Name of its file and its place in the page.
  package let name: String
  /// The content in a few words.
  package let title: String
  /// The explanation below it, in sentences.
  package let caption: String
  /// The header and rows for the page; empty: only a file.
  package var header: [String] = []
  /// Rows for the page.
  package var rows: [[String]] = []
  /// The columns of the file.
  package let columns: [String]
  /// Rows of the file.
  package var records: [[Cell]] = []

  /// A field of the file.
  package enum Cell: Sendable, Equatable {
    /// A text.
    case text(String)
    /// A number; empty if it isn't finite or missing.
    case number(Double?)

    /// A whole number.
    static func count(_ value: Int) -> Cell { .number(Double(value)) }

    var field: String {
      switch self {
      case .text(let text): CSVField.of(text)
      case .number(let value):
        value.map { value in
          !value.isFinite
            ? "" : value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(value)"
        } ?? ""
      }
    }
  }

  init(_ name: String, title: String, caption: String, columns: [String]) {
    (self.name, self.title, self.caption, self.columns) = (name, title, caption, columns)
  }

  /// The text of the CSV file: RFC 4180 with line feeds, numbers in the shortest form that reads back as the same.
  package var csv: String {
    ([columns] + records.map { $0.map(\.field) }).map { $0.joined(separator: ",") + "\n" }.joined()
  }
}
