import Foundation

/// A table of the report: for readers in the page, and as numbers in a CSV file.
public struct Table: Sendable {
  /// Name of its file and its place in the page.
  public let name: String
  /// What it shows, in a few words.
  public let title: String
  /// What it says, in sentences.
  public let caption: String
  /// The header and rows for the page; empty: only a file.
  public var header: [String] = []
  /// Rows for the page.
  public var rows: [[String]] = []
  /// The columns of the file.
  public let columns: [String]
  /// Rows of the file.
  public var records: [[Cell]] = []

  /// A field of the file.
  public enum Cell: Sendable, Equatable {
    /// A text.
    case text(String)
    /// A number; empty if it isn't finite or missing.
    case number(Double?)

    /// A whole number.
    static func count(_ value: Int) -> Cell { .number(Double(value)) }

    var field: String {
      switch self {
      case .text(let text):
        text.contains { ",\"\n\r".contains($0) }
          ? "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : text
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
  public var csv: String {
    ([columns] + records.map { $0.map(\.field) }).map { $0.joined(separator: ",") + "\n" }.joined()
  }
}
