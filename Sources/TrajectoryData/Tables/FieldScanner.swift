/// Splits lines of text into fields: quotes as in RFC 4180, lines that end in LF, CR LF or CR.
struct FieldScanner {
  typealias Cursor = UnsafePointer<UInt8>

  /// A field: its bytes, without quotes and the blanks around.
  struct Field {
    var start: Cursor
    var end: Cursor
    var isQuoted = false
    /// Whether it is the last of its line.
    var endsLine = false
    /// Line ends within quotes.
    var lineEnds = 0

    var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: end - start) }
    var isEmpty: Bool { start == end }

    /// The text, doubled quotes undone, and characters that are not UTF-8 replaced.
    var text: String {
      let text = String(decoding: bytes, as: UTF8.self)
      return isQuoted && bytes.contains(UInt8(ascii: "\"")) ? text.replacing("\"\"", with: "\"") : text
    }
  }

  let separator: TableFormat.Separator

  /// The next field, at a cursor before `limit`, where a line end stands; nil if a quote is still open at the limit.
  /// The cursor moves past the separator or the line end, at most to the limit.
  func field(_ cursor: inout Cursor, limit: Cursor) -> Field? {
    var p = cursor
    while isBlank(p.pointee) { p += 1 }
    var field = Field(start: p, end: p)
    if p.pointee == UInt8(ascii: "\""), p < limit {
      field.isQuoted = true
      field.start = p + 1
      guard close(&p, limit, &field) else { return nil }
    }
    // Text between a closing quote and the separator is dropped if blank, else part of the field.
    while !isSeparator(p.pointee), !Self.isLineEnd(p.pointee) {
      p += 1
      if !isBlank((p - 1).pointee) { field.end = p }
    }
    if separator == .blanks {
      while Self.isBlankOrTab(p.pointee) { p += 1 }
      field.endsLine = Self.isLineEnd(p.pointee)
    } else {
      field.endsLine = Self.isLineEnd(p.pointee)
      if !field.endsLine { p += 1 }
    }
    if field.endsLine { Self.passLineEnd(&p, limit: limit) }
    cursor = p
    return field
  }

  /// Moves past a line end, at most to the limit.
  @inline(__always)
  static func passLineEnd(_ p: inout Cursor, limit: Cursor) {
    guard p < limit else { return }
    let isReturn = p.pointee == UInt8(ascii: "\r")
    p += 1
    if isReturn, p < limit, p.pointee == UInt8(ascii: "\n") { p += 1 }
  }

  @inline(__always)
  static func isLineEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }

  @inline(__always)
  static func isBlankOrTab(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

  private func isSeparator(_ byte: UInt8) -> Bool {
    separator == .blanks ? Self.isBlankOrTab(byte) : byte == separator.byte && separator != .none
  }

  private func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || (byte == UInt8(ascii: "\t") && separator != .tab)
  }

  private func close(_ p: inout Cursor, _ limit: Cursor, _ field: inout Field) -> Bool {
    p += 1
    while p < limit {
      if p.pointee == UInt8(ascii: "\"") {
        guard p + 1 < limit, (p + 1).pointee == UInt8(ascii: "\"") else {
          field.end = p
          p += 1
          return true
        }
        p += 1
      } else if p.pointee == UInt8(ascii: "\n") {
        field.lineEnds += 1
      }
      p += 1
    }
    return false
  }
}

/// Texts that stand for a missing value.
struct MissingMarkers {
  /// Numbers that mark missing values, such as -999.
  let numbers: [Double]
  /// Bytes of the longest word.
  let longest: Int
  private let words: Set<String>

  private static let standard: Set<String> = ["", "nan", "na", "n/a", "#n/a", "null"]

  /// - Parameter listed: numbers and words besides the standard ones: empty, NaN, NA, N/A, #N/A, null.
  init(_ listed: [String]) {
    numbers = listed.compactMap { DecimalNumber.parse($0.utf8) }
    let words = Self.standard.union(
      listed.filter { DecimalNumber.parse($0.utf8) == nil }.map { $0.lowercased() })
    longest = words.reduce(0) { max($0, $1.utf8.count) }
    self.words = words
  }

  func contains(_ word: String) -> Bool { words.contains(word.lowercased()) }
}

/// The reading of a field that is not a plain number: quotes, blanks of all kinds, the minus sign of typography, thousands
/// separators, markers of missing values.
struct FieldReading {
  let mark: TableFormat.DecimalMark
  let thousands: TableFormat.ThousandsMark
  let markers: MissingMarkers

  /// The number; NaN for a missing value. Nil if the field is something else.
  func number(_ field: FieldScanner.Field) -> Double? {
    if field.isEmpty { return .nan }
    var cursor = field.start
    if let value = DecimalNumber.parse(&cursor, mark: mark.byte, powers: .shared), cursor == field.end,
      value.isFinite
    {
      return value
    }
    // Longer than any number or marker, or plainly another text.
    let length = field.end - field.start
    guard length <= 400 else { return nil }
    if thousands == .none, length > markers.longest + 2, !FieldScanner.isBlankOrTab(field.start.pointee),
      field.bytes.allSatisfy({ $0 >= UInt8(ascii: " ") && $0 < 0x7F })
    {
      return nil
    }
    return number(normalised(field.text))
  }

  private func number(_ text: String) -> Double? {
    if let value = DecimalNumber.parse(text.utf8, mark: mark.byte) {
      return value.isFinite || markers.contains(text) ? (value.isFinite ? value : .nan) : nil
    }
    if markers.contains(text) { return .nan }
    guard let byte = thousands.byte, let plain = Self.removing(byte, from: text, mark: mark.byte) else {
      return nil
    }
    return DecimalNumber.parse(plain, mark: mark.byte)
  }

  /// What is wrong with a field that isn't a number.
  func problem(_ field: FieldScanner.Field) -> TableError.Problem {
    let text = normalised(field.text)
    if text.isEmpty { return .gap }
    let isInfinite = DecimalNumber.parse(text.utf8, mark: mark.byte)?.isInfinite == true
    if isInfinite || ["inf", "+inf", "-inf", "infinity", "-infinity"].contains(text.lowercased()) {
      return .notFinite(text)
    }
    for thousands in TableFormat.ThousandsMark.allCases where thousands.byte != mark.byte {
      if let byte = thousands.byte, Self.removing(byte, from: text, mark: mark.byte) != nil {
        return .thousands(text, thousands)
      }
    }
    let other: TableFormat.DecimalMark = mark == .point ? .comma : .point
    if DecimalNumber.parse(text.utf8, mark: other.byte) != nil { return .decimalMark(text, other) }
    return .notANumber(String(text.prefix(60)))
  }

  private func normalised(_ text: String) -> String {
    var text = text
    if text.utf8.allSatisfy({ $0 > UInt8(ascii: " ") && $0 < 0x7F }) { return text }
    if !text.utf8.allSatisfy({ $0 < 0x7F }) {
      text = text.replacing("\u{2212}", with: "-")
      for blank in ["\u{A0}", "\u{202F}", "\u{2009}"] where thousands == .blank {
        text = text.replacing(blank, with: " ")
      }
    }
    return String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }

  /// The text without thousands separators, which must stand before every group of three digits; nil otherwise.
  private static func removing(_ byte: UInt8, from text: String, mark: UInt8) -> [UInt8]? {
    let bytes = Array(text.utf8)
    let whole = bytes.prefix { $0 != mark && $0 | 0x20 != UInt8(ascii: "e") }
    let groups = whole.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
      .split(separator: byte, omittingEmptySubsequences: false)
    let isGrouped =
      groups.count > 1 && (1...3).contains(groups[0].count) && groups.dropFirst().allSatisfy { $0.count == 3 }
    guard isGrouped else { return nil }
    let plain = whole.filter { $0 != byte } + bytes.dropFirst(whole.count)
    return DecimalNumber.parse(plain, mark: mark) == nil ? nil : plain
  }
}
