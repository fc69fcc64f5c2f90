import Files

/// Recognises the dialect of a table from its first lines, and reads its header.
///
/// Every separator is tried on the first hundred lines; of those with which nearly all lines have the same number of
/// fields, the one with the largest share of columns of numbers is taken. What the caller knows is not tried.
struct TableDetection {
  let format: TableFormat
  let names: [String]
  let units: [String]
  /// Where the first row begins, in bytes from the start of the text.
  let firstRow: Int
  /// The line of the first row, from 1.
  let firstLine: Int
  /// The columns that hold numbers in the first lines.
  let numberColumns: [Int]

  /// Columns whose fields are looked at.
  private static let columnCount = 2000

  init(
    _ chunks: TextChunks, file: String, _ known: TableFormat, markers: MissingMarkers
  ) throws(TableError) {
    while !chunks.isComplete, chunks.end - chunks.start < 1 << 26, !Self.hasEnoughLines(chunks) {
      try chunks.fill()
    }
    let sample = TableSample(chunks, known)
    if let nul = chunks.nul {
      let before = UnsafeBufferPointer(start: chunks.start, count: nul - chunks.start)
      throw TableError(.nul, file: file, line: 1 + before.count { $0 == UInt8(ascii: "\n") })
    }
    guard let first = sample.firstText else { throw TableError(.empty, file: file) }
    if let name = Self.otherText(first) { throw TableError(.otherText(name), file: file) }
    func reading(_ separator: TableFormat.Separator) -> TableReading {
      TableReading(sample, separator: separator, known, markers, columnLimit: Self.columnCount)
    }
    let readings =
      known.separator.map { [reading($0)] }
      ?? [.comma, .semicolon, .tab, .blanks].filter(sample.contains).map(reading)
    let best: TableReading
    if let fitting = readings.filter(\.isPossible).max(by: { $0.fit < $1.fit }) {
      best = fitting
    } else {
      // A single column is what nothing separates.
      let single = reading(.none)
      best =
        single.isClean && single.isPossible && single.numberShare > 0
        ? single : Self.forDiagnosis(readings) ?? single.asGiven
    }
    if known.separator == nil { try Self.checkSeparators(of: best, readings, file) }
    try Self.checkAmbiguity(best, known, file)
    var format = known
    format.separator = best.separator
    format.decimal = best.decimal
    format.thousands = known.thousands ?? TableFormat.ThousandsMark.none
    format.comment =
      sample.comment.isEmpty ? TableFormat.noComment : String(decoding: sample.comment, as: UTF8.self)
    format.header = best.hasHeader
    format.unitsRow = best.hasUnits
    format.skipLines = best.skippedLines
    self.format = format
    guard let header = best.header(file) else {
      throw TableError(.openQuote, file: file, line: best.skippedLines + 1)
    }
    (names, units, firstRow, firstLine) = header
    numberColumns = best.numberColumns(names.count)
  }

  /// As many lines as are looked at, or some in the first piece of a file: so that what is recognised doesn't depend on the
  /// size of the pieces.
  private static func hasEnoughLines(_ chunks: TextChunks) -> Bool {
    let wanted = chunks.end - chunks.start < TextChunks.pieceSize ? TableReading.lineLimit + 1 : 8
    var count = 0
    for byte in UnsafeBufferPointer(start: chunks.start, count: chunks.end - chunks.start)
    where FieldScanner.isLineEnd(byte) {
      count += 1
      if count == wanted { return true }
    }
    return false
  }

  private static func otherText(_ first: String) -> String? {
    let text = first.drop(while: \.isWhitespace).lowercased()
    if text.hasPrefix("<!doctype html") || text.hasPrefix("<html") { return "a web page (HTML)" }
    if text.hasPrefix("<?xml") { return "XML" }
    if text.hasPrefix("{") || text.hasPrefix("[{") { return "JSON" }
    if text.hasPrefix("version https://git-lfs") { return "a pointer to a file in Git LFS" }
    return nil
  }

  /// The reading with which the reader will find what is wrong.
  private static func forDiagnosis(_ readings: [TableReading]) -> TableReading? {
    readings.max { $0.firstCount < $1.firstCount }.flatMap { $0.firstCount > 1 ? $0.asGiven : nil }
  }

  private static func checkSeparators(
    of reading: TableReading, _ readings: [TableReading], _ file: String
  ) throws(TableError) {
    guard let (line, separator) = reading.otherSeparator(among: readings) else { return }
    throw TableError(
      .mixedSeparators(separator, other: reading.separator, line: reading.firstLine), file: file, line: line)
  }

  private static func checkAmbiguity(
    _ best: TableReading, _ known: TableFormat, _ file: String
  ) throws(TableError) {
    guard known.decimal == nil, known.thousands == nil, let example = best.groupedExample else { return }
    if best.decimal == .comma {
      throw TableError(
        .ambiguous(
          "decimal: comma, so that \(example) lies between 0 and 1000",
          "thousands: comma with decimal: point, so that \(example) is a whole number"), file: file)
    }
    if known.separator == nil {
      throw TableError(
        .ambiguous(
          "separator: comma, two columns of whole numbers",
          "separator: none with decimal: comma, a single column such as \(example)"), file: file)
    }
  }

  private static func isASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var high: UInt64 = 0
    let words = bytes.count / 8
    for word in 0..<words { high |= bytes.loadUnaligned(fromByteOffset: 8 * word, as: UInt64.self) }
    return high & 0x8080_8080_8080_8080 == 0 && bytes[(8 * words)...].allSatisfy { $0 < 0x80 }
  }

  private static func isText(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.contains(UInt8(ascii: "\n"))
      && bytes.allSatisfy { $0 >= UInt8(ascii: " ") || (9...13).contains($0) }
  }

  /// The encoding of a file: a byte-order mark decides, else whether its beginning is UTF-8. Refuses what isn't text.
  static func encoding(
    ofFirst bytes: [UInt8], _ path: String, _ known: TableFormat.Encoding?
  ) throws(TableError) -> TableFormat.Encoding {
    let kind = FileKind(firstBytes: Array(bytes.prefix(FileKind.byteCount)))
    switch kind {
    case .empty: throw TableError(.empty, file: path)
    case .utf16Text: return .utf16
    case .text: break
    // Lines of text before the first NUL byte are damaged text.
    case .binary where Self.isText(bytes.prefix { $0 != 0 }): break
    default: throw TableError(.notText(kind), file: path)
    }
    if let known {
      if known == .utf16 { throw TableError(.encoding(.utf16), file: path) }
      return known
    }
    if bytes.withUnsafeBytes(Self.isASCII) { return .utf8 }
    var end = min(bytes.count, 1 << 18)
    // A character may be cut at the end.
    if end == 1 << 18 { while end > (1 << 18) - 4, bytes[end - 1] >= 0x80 { end -= 1 } }
    return String(validating: bytes[..<end], as: UTF8.self) == nil ? .latin1 : .utf8
  }
}
