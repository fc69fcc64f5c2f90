/// A table in plain text with aligned columns.
package struct TextTable {
  /// Names of the columns.
  package var header: [String]
  /// Rows with as many cells as the header.
  package var rows: [[String]]
  /// Columns that are aligned to the left; the others are to the right.
  package var leftAligned: Set<Int> = [0]

  /// A table of these rows.
  package init(header: [String], rows: [[String]], leftAligned: Set<Int> = [0]) {
    (self.header, self.rows, self.leftAligned) = (header, rows, leftAligned)
  }

  /// The lines of the table. If it is wider than `width`, the columns that do not fit follow in further blocks that
  /// repeat the first column; a single column is never broken.
  package func lines(width: Int) -> [String] {
    let widths = header.indices.map { column in
      ([header] + rows).map { $0[column].count }.max() ?? 0
    }
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
      let line = { (cells: [String]) in
        let text = ([0] + columns).map { column in
          let space = String(repeating: " ", count: widths[column] - cells[column].count)
          return leftAligned.contains(column) ? cells[column] + space : space + cells[column]
        }.joined(separator: "  ")
        return String(text.trimmingSuffix(while: { $0 == " " }))
      }
      let rule = ([0] + columns).map { widths[$0] }.reduce(-2) { $0 + 2 + $1 }
      return [line(header), String(repeating: "─", count: rule)] + rows.map(line)
    }
    return Array(texts.joined(separator: [""]))
  }

  /// A text cut to a number of characters, with an ellipsis at the end if something is missing.
  static func shortened(_ text: String, to length: Int) -> String {
    text.count > length ? text.prefix(length - 1) + "…" : text
  }
}

extension StringProtocol {
  fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> SubSequence {
    var end = endIndex
    while end > startIndex, predicate(self[index(before: end)]) { end = index(before: end) }
    return self[..<end]
  }
}
