/// One row of numbers from the bytes of a line: the inner loop of reading a table.
struct RowScanner {
  typealias Cursor = UnsafePointer<UInt8>

  /// What a column of the file is used for.
  enum Use {
    static let skip: Int32 = -1
    /// Added to the number of a column that is read as text.
    static let text: Int32 = 1 << 30
  }

  /// How the reading of a line ended.
  enum Result {
    case row
    /// The bytes end within a quote.
    case openQuote
    /// The field of this column can't be used.
    case badField(Int)
    /// The line has this many fields.
    case fieldCount(Int)
  }

  private let fields: FieldScanner
  private let separator: UInt8
  private let isBlanks: Bool
  private let mark: UInt8
  private let uses: UnsafePointer<Int32>
  private let count: Int
  private let leastCount: Int
  private let powers = Powers.shared

  /// - Parameters:
  ///   - format: complete.
  ///   - uses: of each column: `Use/skip`, the place in a row of values, or that plus `Use/text`.
  ///   - count: the number of columns.
  ///   - leastCount: fields that a line must have; the rest are columns without a name.
  init(format: TableFormat, uses: UnsafePointer<Int32>, count: Int, leastCount: Int) {
    let separator = format.separator ?? .comma
    fields = FieldScanner(separator: separator)
    isBlanks = separator == .blanks
    self.separator = isBlanks ? UInt8(ascii: " ") : separator.byte
    mark = (format.decimal ?? .point).byte
    (self.uses, self.count, self.leastCount) = (uses, count, leastCount)
  }

  /// Moves past NaN or NA in any case, the usual words for missing values, if a field begins with one.
  @inline(__always)
  private func passNaN(_ p: inout Cursor) -> Bool {
    var q = p
    while q.pointee == UInt8(ascii: " ") { q += 1 }
    guard q[0] | 0x20 == UInt8(ascii: "n"), q[1] | 0x20 == UInt8(ascii: "a") else { return false }
    q += q[2] | 0x20 == UInt8(ascii: "n") ? 3 : 2
    guard q.pointee == separator || FieldScanner.isLineEnd(q.pointee) else { return false }
    p = q
    return true
  }

  /// Reads the line at the cursor, which moves past it, at most to the limit, where a line end stands.
  ///
  /// - Parameters:
  ///   - cursor: at the beginning of a line.
  ///   - limit: where the text ends.
  ///   - values: room for a row.
  ///   - lineEnds: line ends within quotes are added.
  ///   - slow: the value of a text, or of a number that isn't plain; nil if there is none.
  @inline(__always)
  func read(
    _ cursor: inout Cursor, limit: Cursor, into values: UnsafeMutablePointer<Double>, lineEnds: inout Int,
    slow: (_ column: Int, _ field: FieldScanner.Field) -> Double?
  ) -> Result {
    var p = cursor
    var column = 0
    var isTooLong = false
    while true {
      if isBlanks {
        while FieldScanner.isBlankOrTab(p.pointee) { p += 1 }
        if FieldScanner.isLineEnd(p.pointee) { break }
      }
      let start = p
      let use = column < count ? uses[column] : Use.skip
      if use >= 0 && use < Use.text {
        while p.pointee == UInt8(ascii: " ") { p += 1 }
        if p.pointee == separator || FieldScanner.isLineEnd(p.pointee) {
          values[Int(use)] = .nan
        } else if let value = DecimalNumber.parse(&p, mark: mark, powers: powers), value.isFinite {
          values[Int(use)] = value
        } else {
          p = start
          if passNaN(&p) { values[Int(use)] = .nan }
        }
        if p != start || p.pointee == separator {
          while p.pointee == UInt8(ascii: " ") && !isBlanks { p += 1 }
          if p.pointee == separator || (isBlanks && p.pointee == UInt8(ascii: "\t")) {
            p += 1
            column += 1
            continue
          }
          if FieldScanner.isLineEnd(p.pointee) {
            column += 1
            break
          }
        } else if FieldScanner.isLineEnd(p.pointee) {
          column += 1
          break
        }
      } else if use == Use.skip, p.pointee != UInt8(ascii: "\"") {
        while p.pointee != separator, !FieldScanner.isLineEnd(p.pointee),
          !isBlanks || p.pointee != UInt8(ascii: "\t")
        { p += 1 }
        if column >= count, p != start { isTooLong = true }
        column += 1
        if FieldScanner.isLineEnd(p.pointee) { break }
        p += 1
        continue
      }
      p = start
      guard let field = fields.field(&p, limit: limit) else { return .openQuote }
      lineEnds += field.lineEnds
      if column >= count, !field.isEmpty { isTooLong = true }
      if use != Use.skip {
        guard let value = slow(column, field) else {
          return .badField(column)
        }
        values[Int(use >= Use.text ? use - Use.text : use)] = value
      }
      column += 1
      if field.endsLine {
        cursor = p
        return isTooLong || column < leastCount ? .fieldCount(column) : .row
      }
    }
    FieldScanner.passLineEnd(&p, limit: limit)
    cursor = p
    return isTooLong || column < leastCount ? .fieldCount(column) : .row
  }
}
