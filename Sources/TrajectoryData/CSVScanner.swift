/// Splits the bytes of a CSV file into fields (RFC 4180; lines may end in LF, CR LF or CR).
struct CSVScanner {
  /// A field: its bytes, without quotes and the blanks around.
  struct Field {
    let range: Range<Int>
    let isQuoted: Bool
    let endsLine: Bool
  }

  let bytes: UnsafeBufferPointer<UInt8>
  private(set) var position: Int
  /// The line of the position, counted from 1.
  private(set) var line = 1

  /// Starts after a byte-order mark, if there is one.
  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
    position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  var isAtEnd: Bool { position == bytes.count }

  /// Goes past blank lines; how many there were.
  mutating func skipBlankLines() -> Int {
    let first = line
    while true {
      var end = position
      while end < bytes.count, isBlank(bytes[end]) { end += 1 }
      if end == bytes.count {
        position = end
        return line - first
      }
      guard isLineEnd(bytes[end]) else { return line - first }
      position = end
      endLine()
    }
  }

  /// The next field as a number, if it is one in plain notation; otherwise nil, and the position stays.
  @inline(__always)
  mutating func number() -> (value: Double, endsLine: Bool)? {
    guard let (value, end) = CSVNumber.parse(bytes, from: position) else { return nil }
    if end == bytes.count {
      position = end
      return (value, true)
    }
    if bytes[end] == UInt8(ascii: ",") {
      position = end + 1
      return (value, false)
    }
    guard isLineEnd(bytes[end]) else { return nil }
    position = end
    endLine()
    return (value, true)
  }

  /// The next field; nil if it opens a quote that is never closed.
  mutating func field() -> Field? {
    var start = position
    while start < bytes.count, isBlank(bytes[start]) { start += 1 }
    var end = start
    var isQuoted = false
    if start < bytes.count, bytes[start] == UInt8(ascii: "\"") {
      guard let close = closingQuote(after: start) else { return nil }
      (start, end, isQuoted) = (start + 1, close, true)
      position = close + 1
    } else {
      position = start
    }
    // What stands between a closing quote and the separator is dropped if blank, else part of the field.
    while position < bytes.count, bytes[position] != UInt8(ascii: ","), !isLineEnd(bytes[position]) {
      position += 1
      if !isBlank(bytes[position - 1]) { end = position }
    }
    if position == bytes.count { return Field(range: start..<end, isQuoted: isQuoted, endsLine: true) }
    let endsLine = isLineEnd(bytes[position])
    if endsLine { endLine() } else { position += 1 }
    return Field(range: start..<end, isQuoted: isQuoted, endsLine: endsLine)
  }

  /// The text of a field, doubled quotes undone.
  func text(_ field: Field) -> String {
    var units: [UInt8] = []
    var wasQuote = false
    for byte in bytes[field.range] {
      let isQuote = field.isQuoted && byte == UInt8(ascii: "\"")
      if isQuote && wasQuote {
        wasQuote = false
      } else {
        units.append(byte)
        wasQuote = isQuote
      }
    }
    return String(decoding: units, as: UTF8.self)
  }

  private mutating func closingQuote(after open: Int) -> Int? {
    var index = open + 1
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "\"") {
        guard index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "\"") else { return index }
        index += 1
      } else if bytes[index] == UInt8(ascii: "\n") {
        line += 1
      }
      index += 1
    }
    return nil
  }

  private mutating func endLine() {
    position += bytes[position...].starts(with: [0x0D, 0x0A]) ? 2 : 1
    line += 1
  }

  private func isLineEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
  private func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
