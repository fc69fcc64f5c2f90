/// A table in plain text with aligned columns.
package struct TextTable {
  /// Names of the columns.
  package var header: [String]
  /// Rows with as many cells as the header.
  package var rows: [[String]]
  /// Columns aligned to the left; the others are aligned to the right.
  package var leftAligned: Set<Int> = [0]

  package init(header: [String], rows: [[String]], leftAligned: Set<Int> = [0]) {
    (self.header, self.rows, self.leftAligned) = (header, rows, leftAligned)
  }

  /// The lines of the table, with a rule under the header. Columns beyond `width` follow in further blocks, which
  /// repeat the first column; a single column is never broken.
  package func lines(width: Int) -> [String] {
    let widths = Self.widths([header] + rows)
    var blocks: [[Int]] = [[]]
    var used = widths[0]
    for column in header.indices.dropFirst() {
      if used + 2 + widths[column] > width, !blocks[blocks.count - 1].isEmpty {
        blocks.append([])
        used = widths[0]
      }
      blocks[blocks.count - 1].append(column)
      used += 2 + widths[column]
    }
    let texts = blocks.map { columns in
      let shown = [0] + columns
      let left = Set(shown.indices.filter { leftAligned.contains(shown[$0]) })
      var lines = Self.aligned(([header] + rows).map { row in shown.map { row[$0] } }, left: left)
      let rule = shown.map { widths[$0] }.reduce(-2) { $0 + 2 + $1 }
      lines.insert(String(repeating: "─", count: rule), at: 1)
      return lines
    }
    return Array(texts.joined(separator: [""]))
  }

  /// Rows as lines: columns two spaces apart, as wide as their widest cell, without spaces at the end of a line.
  ///
  /// - Parameters:
  ///   - rows: Rows with equal numbers of cells.
  ///   - left: Columns aligned to the left; the others are aligned to the right.
  package static func aligned(_ rows: [[String]], left: Set<Int>) -> [String] {
    let widths = widths(rows)
    return rows.map { row in
      var line = row.enumerated().map { column, text in
        let space = String(repeating: " ", count: widths[column] - text.count)
        return left.contains(column) ? text + space : space + text
      }.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  private static func widths(_ rows: [[String]]) -> [Int] {
    (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
  }

  /// A text cut to at most `length` characters, with an ellipsis at the end if something is missing.
  package static func shortened(_ text: String, to length: Int) -> String {
    text.count > length ? text.prefix(length - 1) + "…" : text
  }
}
