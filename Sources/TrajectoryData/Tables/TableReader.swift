import Files

/// Reads a table of text row by row, in memory that its longest line bounds: the one reader of CSV and its relatives.
///
/// A field is a plain number (sign, digits, decimal mark, exponent with E or Fortran's D), or a marker of a missing
/// value. Blanks around it, no-break spaces and quotes don't matter, and U+2212 is a minus sign. Blank lines may stand
/// above and below the rows, and Ctrl-Z ends the text. Anything else is refused.
package final class TableReader {
  /// How a column is read.
  package enum Kind: Sendable {
    /// Numbers; NaN where one is missing.
    case number
    /// Names: the number of each, from 0 in the order in which they occur first.
    case label
    /// As names, but they may be empty.
    case text
    /// Times in a format, as seconds after `timeOrigin`, or after midnight; NaN where one is missing.
    case time(TimeFormat)
  }

  /// Rows that are valid during the call in which they are handed over.
  package struct Rows {
    /// The number of rows.
    package let count: Int
    /// Row-major [count x columns asked for]; NaN for missing values.
    package let values: UnsafeBufferPointer<Double>
    /// The line of each row in the file, from 1.
    package let lines: UnsafeBufferPointer<Int>
  }

  /// The file's path.
  package let file: String
  /// The complete format.
  package let format: TableFormat
  /// The columns' names; numbers from 1 in a file without header. Some may be empty or occur several times.
  package let names: [String]
  /// The units of a units row; empty without.
  package let units: [String]
  /// The names of label columns, in the order of their numbers.
  package private(set) var labels: [String] = []
  /// The start of the day of the first time (s after 1970-01-01).
  package private(set) var timeOrigin: Int64?
  /// Bytes of the file that have been read.
  package var bytesRead: Int { chunks.bytesRead }
  /// Bytes of the file.
  package var size: Int { chunks.size }
  /// How lines are counted.
  package var numbering: RowNumbering { arrays == nil ? .lines : .rows }
  /// Time between two rows by the file's own statement (s); nil of text.
  package var samplingTime: Double? { arrays?.samplingTime }
  /// "fields separated by semicolons, decimal comma, no header"; or the kind of a file of arrays.
  package var summary: String { arrays.map(\.kind.name) ?? format.summary }

  /// Whether the columns have only numbers for names.
  package var hasNoNames: Bool {
    arrays == nil ? format.header == false : names == (1...names.count).map(String.init)
  }

  /// Arrays that are no signals of the table, in sentences.
  package var remarks: [String] {
    guard let arrays else { return [] }
    let others = Dictionary(grouping: arrays.columns.filter { $0.count != arrays.rowCount }, by: \.count)
    return others.sorted { $0.key < $1.key }.map { count, columns in
      "\(columns.prefix(20).map(\.name).joined(separator: ", ")): \(count) values rather than \(arrays.rowCount), "
        + "so they are another run"
    }
      + arrays.unusable.map { name, problem in
        "\(TableError(problem, file: name.isEmpty ? "an array" : name)), so it is not read"
      }
  }

  /// Of a file of arrays.
  private let arrays: ArrayTable?
  private let chunks: TextChunks
  private let markers: MissingMarkers
  private let comment: [UInt8]
  private var line: Int
  private let firstLine: Int
  private var labelNumbers: [String: Int] = [:]
  private var lastLabel: (bytes: [UInt8], number: Double) = ([], 0)

  /// Opens a file and reads its header.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - format: what is known of the dialect; the rest is recognised.
  ///   - missing: markers of missing values besides the usual ones.
  package convenience init(
    _ path: String, format: TableFormat = TableFormat(), missing: [String] = []
  ) throws(TableError) {
    let source = try TextSource(file: path)
    let kind = FileKind(firstBytes: Array(source.head.prefix(FileKind.byteCount)))
    if ArrayTable.canRead(kind) {
      try self.init(ArrayTable(path, kind), file: path, format: format, missing)
      return
    }
    let encoding = try TableDetection.encoding(ofFirst: source.head, path, format.encoding)
    try self.init(TextChunks(source, encoding), file: path, format: format, encoding, missing)
  }

  /// Bytes in memory in place of a file.
  package convenience init(
    bytes: [UInt8], name: String, format: TableFormat = TableFormat(), missing: [String] = [],
    piece: Int = 1 << 18
  ) throws(TableError) {
    let encoding = try TableDetection.encoding(ofFirst: bytes, name, format.encoding)
    try self.init(
      TextChunks(bytes: bytes, name: name, encoding: encoding, piece: piece), file: name, format: format,
      encoding, missing)
  }

  private init(
    _ chunks: TextChunks, file: String, format: TableFormat, _ encoding: TableFormat.Encoding,
    _ missing: [String]
  ) throws(TableError) {
    (self.chunks, self.file, arrays) = (chunks, file, nil)
    if let bad = missing.first(where: { $0.contains(where: \.isNewline) || $0.isEmpty }) {
      throw TableError(.badMarker(bad), file: file)
    }
    markers = MissingMarkers(missing)
    var known = format
    known.encoding = encoding
    let detection = try TableDetection(chunks, file: file, known, markers: markers)
    self.format = detection.format
    comment = detection.format.commentBytes
    (names, units, line) = (detection.names, detection.units, detection.firstLine)
    firstLine = detection.firstLine
    numberColumns = detection.numberColumns
    chunks.start = chunks.start + detection.firstRow
  }

  private init(
    _ arrays: ArrayTable, file: String, format: TableFormat, _ missing: [String]
  ) throws(TableError) {
    guard format == TableFormat() else { throw TableError(.formatOfArrays, file: file) }
    self.arrays = arrays
    (self.file, self.format) = (file, format)
    chunks = try TextChunks(bytes: [], name: file, encoding: .utf8)
    markers = MissingMarkers(missing)
    (comment, line, firstLine) = ([], 0, 0)
    (names, units) = (arrays.columns.map(\.name), arrays.units)
    let rows = arrays.rowCount
    numberColumns = arrays.columns.indices.filter { arrays.columns[$0].count == rows }
  }

  /// Columns with a name come before this one.
  private var leastCount: Int {
    format.header == true ? (names.lastIndex { !$0.isEmpty } ?? 0) + 1 : names.count
  }

  /// The numbers of columns, by name, or by `#5` for the fifth. O(columns).
  ///
  /// Throws ``TableError`` if a name is missing, occurs several times in the file, or is asked for twice.
  package func indices(of wanted: [String]) throws(TableError) -> [Int] {
    var places: [String: Int] = [:]
    var second: [String: Int] = [:]
    for (index, name) in names.enumerated() where !name.isEmpty {
      if places[name] == nil { places[name] = index } else if second[name] == nil { second[name] = index }
    }
    var missing: [String] = []
    var used: Set<Int> = []
    var found: [Int] = []
    for name in wanted {
      var index = places[name]
      if index != nil, let other = second[name] {
        throw TableError(.duplicate((index ?? 0) + 1, other + 1), file: file, column: name)
      }
      if index == nil, name.hasPrefix("#"), let number = Int(name.dropFirst()), number >= 1,
        number <= names.count
      {
        index = number - 1
      }
      guard let index else {
        missing.append(name)
        continue
      }
      guard used.insert(index).inserted else { throw TableError(.askedTwice, file: file, column: name) }
      found.append(index)
    }
    if let problem = arrays?.unusable.first(where: { missing.contains($0.name) }) {
      throw TableError(problem.problem, file: file, column: problem.name)
    }
    guard missing.isEmpty else {
      throw TableError(.missing(missing, available: names.filter { !$0.isEmpty }), file: file)
    }
    return found
  }

  /// The columns that hold numbers in the rows at the beginning, in order.
  package let numberColumns: [Int]

  /// Reads all rows, once.
  ///
  /// - Parameters:
  ///   - columns: the columns to read, each once; their values stand in this order in a row.
  ///   - body: takes some rows at a time.
  /// - Throws: ``TableError``, or what `body` throws. O(bytes).
  package func read(_ columns: [(index: Int, kind: Kind)], _ body: (Rows) throws -> Void) throws {
    if let arrays { return try read(arrays, columns, body) }
    let width = columns.count
    let room = max(1, min(4096, (1 << 16) / max(1, width)))
    var uses = [Int32](repeating: RowScanner.Use.skip, count: names.count)
    var isNumber = [Bool](repeating: false, count: width)
    for (place, column) in columns.enumerated() {
      uses[column.index] = Int32(place)
      if case .number = column.kind {
        isNumber[place] = true
      } else {
        uses[column.index] += RowScanner.Use.text
      }
    }
    let values = UnsafeMutableBufferPointer<Double>.allocate(capacity: room * max(1, width))
    let lines = UnsafeMutableBufferPointer<Int>.allocate(capacity: room)
    values.initialize(repeating: .nan)
    lines.initialize(repeating: 0)
    defer {
      values.deallocate()
      lines.deallocate()
    }
    guard let firstValue = values.baseAddress, let firstLine = lines.baseAddress else { return }
    let reading = FieldReading(
      mark: format.decimal ?? .point, thousands: format.thousands ?? .none, markers: markers)
    let kinds = Dictionary(uniqueKeysWithValues: columns.map { ($0.index, $0.kind) })
    let slow = { (column: Int, field: FieldScanner.Field) -> Double? in
      switch kinds[column] {
      case .label: field.isEmpty ? nil : self.label(field)
      case .text: self.label(field)
      case .time(let format): self.time(field, format)
      default: reading.number(field)
      }
    }
    var hasRows = false
    func deliver(_ count: Int) throws {
      guard count > 0 else { return }
      hasRows = true
      for marker in markers.numbers {
        for index in 0..<count * width where values[index] == marker && isNumber[index % width] {
          values[index] = .nan
        }
      }
      try body(
        Rows(
          count: count, values: UnsafeBufferPointer(start: firstValue, count: count * width),
          lines: UnsafeBufferPointer(start: firstLine, count: count)))
    }
    try uses.withUnsafeBufferPointer { uses in
      guard let firstUse = uses.baseAddress else { return }
      let scanner = RowScanner(format: format, uses: firstUse, count: names.count, leastCount: leastCount)
      var count = 0
      while true {
        if let nul = chunks.nul { throw nulError(at: nul) }
        let limit = UnsafePointer(chunks.end)
        let isComplete = chunks.isComplete
        var cursor = UnsafePointer(chunks.start)
        var line = self.line
        scanning: while cursor < limit {
          let start = cursor
          if mayBeUnused(start.pointee) {
            switch unusedLine(start, limit) {
            case .row: break
            case .passed(let end):
              cursor = end
              line += 1
              continue
            case .blankEnd:
              cursor = isComplete ? limit : start
              break scanning
            case .blankBetweenRows: throw TableError(.blankLine, file: file, line: line)
            }
          }
          var lineEnds = 0
          let result = scanner.read(
            &cursor, limit: limit, into: firstValue + count * width, lineEnds: &lineEnds, slow: slow)
          if cursor == limit, !isComplete {
            // The line may go on in the next piece.
            cursor = start
            break scanning
          }
          guard case .row = result else {
            cursor = start
            if !isComplete, !isWhole(start, limit: limit) { break scanning }
            throw error(result, at: start, line: line, limit: limit, reading, kinds)
          }
          firstLine[count] = line
          line += 1 + lineEnds
          count += 1
          if count == room {
            try deliver(count)
            count = 0
          }
        }
        self.line = line
        chunks.start = UnsafeMutablePointer(mutating: cursor)
        if isComplete { break }
        try chunks.fill()
      }
      try deliver(count)
    }
    guard hasRows else { throw TableError(.noRows, file: file) }
  }

  /// Reads columns of arrays; the rows count from 0.
  private func read(
    _ arrays: ArrayTable, _ columns: [(index: Int, kind: Kind)], _ body: (Rows) throws -> Void
  ) throws {
    let width = columns.count
    guard let first = columns.first.map({ arrays.columns[$0.index] }) else {
      throw TableError(.noRows, file: file)
    }
    for (index, kind) in columns {
      let column = arrays.columns[index]
      if column.count != first.count {
        throw TableError(
          .lengths(column.count, other: first.name, first.count), file: file, column: column.name)
      }
      if case .time(let format) = kind {
        throw TableError(
          .notATime("\(column.value(0))", format: format.pattern), file: file, column: column.name)
      }
    }
    let room = max(1, min(4096, (1 << 16) / width))
    var values = [Double](repeating: .nan, count: room * width)
    for start in stride(from: 0, to: first.count, by: room) {
      let rows = start..<min(first.count, start + room)
      let used = rows.count * width
      values.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        for (place, column) in columns.enumerated() {
          arrays.columns[column.index].copy(rows, to: base + place, step: width)
        }
      }
      for (place, column) in columns.enumerated() {
        let name = arrays.columns[column.index].name
        for index in stride(from: place, to: used, by: width) {
          if markers.numbers.contains(values[index]) { values[index] = .nan }
          if values[index].isInfinite {
            throw TableError(.infinite(row: start + index / width), file: file, column: name)
          }
          if case .number = column.kind { continue }
          values[index] = try label(of: values[index], row: start + index / width, column: name)
        }
      }
      let lines = Array(rows)
      try values.withUnsafeBufferPointer { values in
        try lines.withUnsafeBufferPointer { lines in
          try body(
            Rows(count: rows.count, values: UnsafeBufferPointer(rebasing: values[..<used]), lines: lines))
        }
      }
    }
  }

  /// The number of the label that a number is.
  private func label(of value: Double, row: Int, column: String) throws(TableError) -> Double {
    guard !value.isNaN else { throw TableError(.gap, file: file, column: column) }
    let text = value == value.rounded() && abs(value) < 0x1p53 ? "\(Int(value))" : "\(value)"
    if let number = labelNumbers[text] { return Double(number) }
    labelNumbers[text] = labels.count
    labels.append(text)
    return Double(labels.count - 1)
  }

  /// A line that is not a row.
  private enum UnusedLine {
    /// It is one.
    case row
    /// A comment, with its end.
    case passed(UnsafePointer<UInt8>)
    /// Only blank lines follow in the bytes at hand, or the file ends in Ctrl-Z.
    case blankEnd
    case blankBetweenRows
  }

  /// False for digits, letters and signs, unless comments begin with them.
  @inline(__always)
  private func mayBeUnused(_ byte: UInt8) -> Bool { byte <= UInt8(ascii: " ") || byte == comment.first }

  private func unusedLine(_ start: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>) -> UnusedLine {
    var p = start
    if !comment.isEmpty, limit - p >= comment.count,
      UnsafeBufferPointer(start: p, count: comment.count).elementsEqual(comment)
    {
      while !FieldScanner.isLineEnd(p.pointee) { p += 1 }
      if p == limit, !chunks.isComplete { return .blankEnd }
      FieldScanner.passLineEnd(&p, limit: limit)
      return .passed(p)
    }
    let isTab = format.separator == .tab
    while p < limit, p.pointee == UInt8(ascii: " ") || (p.pointee == UInt8(ascii: "\t") && !isTab) { p += 1 }
    guard p == limit || FieldScanner.isLineEnd(p.pointee) || p.pointee == 0x1A else { return .row }
    // An empty line of a single column is a missing value, unless nothing follows.
    while p < limit, p.pointee <= UInt8(ascii: " ") { p += 1 }
    if p == limit { return .blankEnd }
    return format.separator == TableFormat.Separator.none ? .row : .blankBetweenRows
  }

  /// Whether the line ends before the limit.
  private func isWhole(_ start: UnsafePointer<UInt8>, limit: UnsafePointer<UInt8>) -> Bool {
    let fields = FieldScanner(separator: format.separator ?? .comma)
    var cursor = start
    while let field = fields.field(&cursor, limit: limit) {
      if field.endsLine { return cursor < limit }
    }
    return false
  }

  private func nulError(at nul: UnsafeMutablePointer<UInt8>) -> TableError {
    let before = UnsafeBufferPointer(start: chunks.start, count: max(0, nul - chunks.start))
    return TableError(.nul, file: file, line: line + before.count { $0 == UInt8(ascii: "\n") })
  }

  private func label(_ field: FieldScanner.Field) -> Double {
    if !labels.isEmpty, field.bytes.elementsEqual(lastLabel.bytes) { return lastLabel.number }
    let text = field.text
    let number: Int
    if let known = labelNumbers[text] {
      number = known
    } else {
      number = labels.count
      labels.append(text)
      labelNumbers[text] = number
    }
    lastLabel = (Array(field.bytes), Double(number))
    return Double(number)
  }

  private func time(_ field: FieldScanner.Field, _ format: TimeFormat) -> Double? {
    let text = field.text
    if markers.contains(text) { return .nan }
    guard let time = format.parse(text.utf8) else { return nil }
    guard format.hasDate else { return Double(time.seconds) + time.fraction }
    let origin = timeOrigin ?? (time.seconds - ((time.seconds % 86_400) + 86_400) % 86_400)
    timeOrigin = origin
    return Double(time.seconds - origin) + time.fraction
  }

  private func error(
    _ result: RowScanner.Result, at start: UnsafePointer<UInt8>, line: Int, limit: UnsafePointer<UInt8>,
    _ reading: FieldReading, _ kinds: [Int: Kind]
  ) -> TableError {
    let fields = FieldScanner(separator: format.separator ?? .comma)
    var cursor = start
    var all: [FieldScanner.Field] = []
    repeat {
      guard let field = fields.field(&cursor, limit: limit) else {
        return TableError(.openQuote, file: file, line: line)
      }
      all.append(field)
    } while all.last?.endsLine == false
    let isRagged = all.count < leastCount || all.dropFirst(names.count).contains { !$0.isEmpty }
    guard case .badField(let column) = result, !isRagged, column < all.count else {
      if format.separator == .comma, line == firstLine, all.count > names.count, all.count < 3 * names.count {
        let numbers = all.filter { $0.text.allSatisfy { $0.isNumber || $0 == "-" } }
        if 2 * numbers.count > all.count {
          return TableError(.commaTwice(all.count, expected: names.count), file: file, line: line)
        }
      }
      return TableError(.fieldCount(all.count, expected: names.count), file: file, line: line)
    }
    let name = names[column].isEmpty ? "#\(column + 1)" : names[column]
    let problem: TableError.Problem
    switch kinds[column] {
    case .label: problem = .gap
    case .time(let format): problem = .notATime(String(all[column].text.prefix(60)), format: format.pattern)
    default: problem = reading.problem(all[column])
    }
    return TableError(problem, file: file, line: line, column: name)
  }
}
