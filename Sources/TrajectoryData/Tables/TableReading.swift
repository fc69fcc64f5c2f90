/// The first lines of a table, without comments.
struct TableSample {
  typealias Cursor = UnsafePointer<UInt8>

  /// The text; a line end that isn't part of it stands at the limit.
  let start: Cursor
  let limit: Cursor
  /// Whether the text is the whole file.
  let isComplete: Bool
  /// The mark of comment lines; empty for none.
  let comment: [UInt8]
  /// The first line that is neither blank nor a comment.
  private(set) var firstText: String?

  init(_ chunks: TextChunks, _ known: TableFormat) {
    (start, limit) = (UnsafePointer(chunks.start), UnsafePointer(chunks.end))
    isComplete = chunks.isComplete
    var comment = known.commentBytes
    var p = start
    while p < limit {
      let begin = p
      while !FieldScanner.isLineEnd(p.pointee) { p += 1 }
      let line = UnsafeBufferPointer(start: begin, count: p - begin)
      FieldScanner.passLineEnd(&p, limit: limit)
      guard let first = line.first(where: { !FieldScanner.isBlankOrTab($0) && $0 != 0x1A }) else { continue }
      if known.comment == nil, comment.isEmpty, first == UInt8(ascii: "#") || first == UInt8(ascii: "%") {
        comment = [first]
      }
      if !comment.isEmpty, line.starts(with: comment) { continue }
      firstText = String(decoding: line.prefix(200), as: UTF8.self)
      break
    }
    self.comment = comment
  }

  /// Whether the separator occurs near the beginning.
  func contains(_ separator: TableFormat.Separator) -> Bool {
    let bytes = UnsafeBufferPointer(start: start, count: min(limit - start, 1 << 16))
    return separator == .blanks
      ? bytes.contains(where: FieldScanner.isBlankOrTab) : bytes.contains(separator.byte)
  }

  func isComment(_ p: Cursor) -> Bool {
    !comment.isEmpty && limit - p >= comment.count
      && UnsafeBufferPointer(start: p, count: comment.count).elementsEqual(comment)
  }
}

/// The first lines of a table, split by one separator: how well it fits.
struct TableReading {
  private struct Line {
    let number: Int
    let start: UnsafePointer<UInt8>
    let end: UnsafePointer<UInt8>
    let count: Int
    let fields: [FieldScanner.Field]
    let isComment: Bool

    var isBlank: Bool { count == 1 && fields[0].isEmpty }
  }

  let separator: TableFormat.Separator
  private(set) var decimal: TableFormat.DecimalMark
  private(set) var hasHeader = false
  private(set) var hasUnits = false
  /// Lines above the table, comments not counted that stand below other lines of it.
  private(set) var skippedLines = 0
  /// The share of the columns that hold numbers, 0 to 1.
  private(set) var numberShare = 0.0
  /// Orders readings: the larger share of numbers, then whether all lines fit. Blanks come last: dates and names hold some.
  var fit: (Double, Int, Int, Int) {
    (numberShare, isClean ? 1 : 0, separator == .blanks ? 0 : 1, usualCount)
  }
  /// Whether nearly all lines have the same number of fields.
  private(set) var isPossible = false
  /// A number such as 1,234 if all commas of the numbers are like that.
  private(set) var groupedExample: String?

  private let sample: TableSample
  private var lines: [Line] = []
  private var top = 0
  private let markers: MissingMarkers
  private let known: TableFormat
  private let columnLimit: Int
  private var isNumber: [Bool] = []
  /// Fields of most lines.
  private var usualCount = 0
  /// Whether no line stands above the table, and all of it have the usual number of fields.
  private(set) var isClean = false

  init(
    _ sample: TableSample, separator: TableFormat.Separator, _ known: TableFormat, _ markers: MissingMarkers,
    columnLimit: Int
  ) {
    (self.sample, self.separator, self.known, self.markers) = (sample, separator, known, markers)
    decimal = known.decimal ?? .point
    self.columnLimit = columnLimit
    lines = Self.lines(sample, separator, columnLimit)
    let texts = lines.indices.filter { !lines[$0].isComment && !lines[$0].isBlank }
    guard let first = texts.first else { return }
    top = first
    if let skip = known.skipLines {
      top = lines.firstIndex { $0.number > skip && !$0.isComment && !$0.isBlank } ?? first
    }
    classify(texts.filter { $0 >= top })
    skippedLines = known.skipLines ?? (lines[..<top].last { !$0.isComment }?.number ?? 0)
  }

  /// The columns that hold numbers; those beyond the fields that were looked at count as such.
  func numberColumns(_ count: Int) -> [Int] {
    (0..<count).filter { $0 >= isNumber.count ? $0 >= columnLimit : isNumber[$0] }
  }

  /// Fields of the first line of the table.
  var firstCount: Int { lines.indices.contains(top) ? lines[top].count : 0 }
  /// The number of the first line of the table.
  var firstLine: Int { lines.indices.contains(top) ? lines[top].number : 1 }

  /// The same with the first line as header, whatever follows.
  var asGiven: TableReading {
    var reading = self
    reading.hasHeader = known.header ?? !(lines.indices.contains(top) && looksLikeNumbers(top))
    return reading
  }

  /// The first line that this separator doesn't split into as many fields as the others, but another separator does.
  func otherSeparator(among readings: [TableReading]) -> (line: Int, TableFormat.Separator)? {
    let count = isPossible ? usualCount : firstCount
    guard count > 1 else { return nil }
    for line in lines where !line.isComment && !line.isBlank && line.count != count {
      for other in readings where other.separator != separator && other.separator != .none {
        if other.lines.contains(where: { $0.number == line.number && $0.count == count }) {
          return (line.number, other.separator)
        }
      }
    }
    return nil
  }

  /// Names, units, the offset and the line of the first row; nil if a quote is never closed.
  func header(_ file: String) -> (names: [String], units: [String], firstRow: Int, firstLine: Int)? {
    guard lines.indices.contains(top) else { return nil }
    let fields = FieldScanner(separator: separator)
    var cursor = lines[top].start
    var next = top
    func texts() -> [String]? {
      var texts: [String] = []
      while let field = fields.field(&cursor, limit: sample.limit) {
        texts.append(field.text)
        if field.endsLine { return texts }
      }
      return nil
    }
    func pass() {
      next += 1
      while lines.indices.contains(next), lines[next].isComment { next += 1 }
      if lines.indices.contains(next) { cursor = lines[next].start }
    }
    guard hasHeader else {
      guard let first = texts() else { return nil }
      return ((1...first.count).map(String.init), [], lines[top].start - sample.start, lines[top].number)
    }
    guard let names = texts() else { return nil }
    pass()
    var units: [String] = []
    if hasUnits {
      guard let texts = texts() else { return nil }
      units = texts
      pass()
    }
    let line = lines.indices.contains(next) ? lines[next].number : lines[top].number + 1 + (hasUnits ? 1 : 0)
    return (names, units, cursor - sample.start, line)
  }

  /// Lines that are looked at.
  static let lineLimit = 100

  private static func lines(
    _ sample: TableSample, _ separator: TableFormat.Separator, _ columnLimit: Int
  ) -> [Line] {
    let scanner = FieldScanner(separator: separator)
    var lines: [Line] = []
    var cursor = sample.start
    var number = 1
    while cursor < sample.limit, lines.count < lineLimit {
      let start = cursor
      if start.pointee == 0x1A { break }
      if sample.isComment(start) {
        while !FieldScanner.isLineEnd(cursor.pointee) { cursor += 1 }
        FieldScanner.passLineEnd(&cursor, limit: sample.limit)
        lines.append(
          Line(number: number, start: start, end: cursor, count: 0, fields: [], isComment: true))
        number += 1
        continue
      }
      var fields: [FieldScanner.Field] = []
      var count = 0
      var lineEnds = 0
      var isOpen = false
      while true {
        guard let field = scanner.field(&cursor, limit: sample.limit) else {
          isOpen = true
          break
        }
        count += 1
        lineEnds += field.lineEnds
        if count <= columnLimit { fields.append(field) }
        if field.endsLine { break }
      }
      // Only the last line of the sample can be cut.
      if isOpen || (cursor == sample.limit && !sample.isComplete && !lines.isEmpty) { break }
      lines.append(
        Line(number: number, start: start, end: cursor, count: count, fields: fields, isComment: false))
      number += 1 + lineEnds
    }
    while let last = lines.last, last.isBlank, lines.count > 1 { lines.removeLast() }
    return lines
  }

  private mutating func classify(_ texts: [Int]) {
    guard let first = texts.first else { return }
    let counts = Dictionary(grouping: texts.dropFirst(texts.count > 1 ? 1 : 0)) { lines[$0].count }
    let usual = counts.max { ($0.value.count, $0.key) < ($1.value.count, $1.key) }?.key ?? 1
    usualCount = usual
    let (begin, firstRow) = known.skipLines == nil ? beginning(texts, usual) : (first, nil)
    top = begin
    let below = texts.filter { $0 > begin }
    let rows = below.filter { $0 >= firstRow ?? 0 && lines[$0].count == usual }
    let columns = min(usual, lines[begin].fields.count)
    let odd = below.count { lines[$0].count != usual }
    isPossible =
      (odd <= 1 || 10 * odd <= 3 * below.count)
      && (usual > 1 || separator == .none || known.separator != nil) && fits(begin, usual, rows)
    isClean = odd == 0 && texts.first == begin
    var most = (columns: -1, fields: -1)
    for mark in marks {
      let (numbers, fields) = numberColumns(rows.isEmpty ? [begin] : rows, columns, mark)
      let count = (columns: numbers.count { $0 }, fields: fields)
      if count > most { (most, isNumber, decimal) = (count, numbers, mark) }
    }
    numberShare = Double(max(0, most.columns)) / Double(max(1, columns))
    hasHeader = known.header ?? isHeader(begin, rows)
    hasUnits = known.unitsRow ?? (hasHeader && isUnits(below.first, rows))
    findGroups(hasHeader ? rows : [begin] + rows, columns)
  }

  /// The first line of the table, and the first that surely is a row: numbers in as many fields as most lines have. Above
  /// rows stands a header, perhaps with units below it; lines above that are prose.
  private func beginning(_ texts: [Int], _ usual: Int) -> (begin: Int, firstRow: Int?) {
    guard let sure = texts.firstIndex(where: { lines[$0].count == usual && looksLikeNumbers($0) }) else {
      return (texts.first { lines[$0].count == usual } ?? texts[0], nil)
    }
    var index = sure
    func isRow(_ line: Int) -> Bool { lines[line].fields.allSatisfy(\.isEmpty) || looksLikeNumbers(line) }
    while index > 0, lines[texts[index - 1]].count > 1 || usual == 1, isRow(texts[index - 1]) { index -= 1 }
    let firstRow = texts[index]
    if index > 0, lines[texts[index - 1]].count > 1 || usual == 1 {
      index -= 1
      if index > 0, usual > 1, lines[texts[index]].count == usual, lines[texts[index - 1]].count == usual {
        index -= 1
      }
    }
    return (texts[index], firstRow)
  }

  /// Whether a line below the header holds texts in the columns of numbers.
  private func isUnits(_ line: Int?, _ rows: [Int]) -> Bool {
    guard let line, let first = rows.first, line < first || rows.count > 1 else { return false }
    let reading = FieldReading(mark: decimal, thousands: known.thousands ?? .none, markers: markers)
    let fields = lines[line].fields
    let places = isNumber.indices.filter { isNumber[$0] && $0 < fields.count }
    return places.contains { reading.number(fields[$0]) == nil }
      && places.allSatisfy { fields[$0].isEmpty || reading.number(fields[$0]) == nil }
  }

  /// Whether the first line can be the header of the rows: fields that the one has beyond the other are empty.
  private func fits(_ begin: Int, _ usual: Int, _ rows: [Int]) -> Bool {
    let count = lines[begin].count
    if count == usual || rows.isEmpty { return true }
    if count > usual { return lines[begin].fields.dropFirst(usual).allSatisfy(\.isEmpty) }
    return rows.allSatisfy { lines[$0].fields.dropFirst(count).allSatisfy(\.isEmpty) }
  }

  /// The decimal marks that are possible.
  private var marks: [TableFormat.DecimalMark] {
    (known.decimal.map { [$0] } ?? [.point, .comma]).filter { $0.byte != separator.byte }
  }

  private func looksLikeNumbers(_ index: Int) -> Bool {
    marks.contains { mark in
      let reading = FieldReading(mark: mark, thousands: .none, markers: markers)
      return lines[index].fields.contains { !$0.isEmpty && reading.number($0) != nil }
    }
  }

  /// The columns in which nearly every field is a number or missing, and some are numbers.
  private func numberColumns(
    _ rows: [Int], _ columns: Int, _ mark: TableFormat.DecimalMark
  ) -> (columns: [Bool], fields: Int) {
    let reading = FieldReading(mark: mark, thousands: known.thousands ?? .none, markers: markers)
    var total = 0
    let isNumber = (0..<columns).map { column in
      var (numbers, others) = (0, 0)
      for row in rows where column < lines[row].fields.count {
        switch reading.number(lines[row].fields[column]) {
        case nil: others += 1
        case let value? where !value.isNaN: numbers += 1
        default: break
        }
      }
      total += numbers
      return numbers > 0 && others * 5 <= numbers
    }
    return (isNumber, total)
  }

  /// Whether the first line holds a name in a column of numbers, or only names.
  private func isHeader(_ index: Int, _ rows: [Int]) -> Bool {
    let reading = FieldReading(mark: decimal, thousands: known.thousands ?? .none, markers: markers)
    let fields = lines[index].fields
    let names = isNumber.indices.filter { isNumber[$0] && $0 < fields.count }
      .filter { reading.number(fields[$0]) == nil }
    if !rows.isEmpty, !names.isEmpty { return true }
    return fields.allSatisfy { $0.isEmpty || reading.number($0) == nil }
  }

  /// Notes a number such as 1,234 if every comma could stand between thousands.
  private mutating func findGroups(_ rows: [Int], _ columns: Int) {
    let isPair = separator == .comma && !hasHeader && columns == 2
    guard (decimal == .comma && separator != .comma) || isPair else { return }
    var example: String?
    for row in rows {
      if isPair {
        let fields = lines[row].fields
        guard fields.count == 2, fields.allSatisfy({ !$0.isEmpty && $0.bytes.allSatisfy { $0 &- 48 < 10 } })
        else {
          return
        }
        example = example ?? "\(fields[0].text),\(fields[1].text)"
        continue
      }
      for field in lines[row].fields where field.bytes.contains(UInt8(ascii: ",")) {
        let parts = field.bytes.drop { $0 == UInt8(ascii: "-") }.split(
          separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard parts.allSatisfy({ $0.allSatisfy { $0 &- 48 < 10 } }) else { continue }
        guard parts.count == 2, (1...3).contains(parts[0].count), parts[0].first != 48, parts[1].count == 3
        else {
          return
        }
        example = example ?? field.text
      }
    }
    groupedExample = example
  }
}
