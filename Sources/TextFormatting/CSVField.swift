/// Fields of CSV files as RFC 4180 has them.
package enum CSVField {
  /// A field of this text: in quotes if it holds a comma, a quote or a line end.
  ///
  /// - Parameter quotesOuterSpace: Whether a space at either end needs quotes as well, for readers that strip it.
  package static func of(_ text: String, quotesOuterSpace: Bool = false) -> String {
    let isSpecial = text.unicodeScalars.contains { $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "\r" }
    let hasOuterSpace = quotesOuterSpace && (text.first == " " || text.last == " ")
    return isSpecial || hasOuterSpace ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
  }
}
