/// One pass over the bytes of a CSV file.
struct CSVReader {
  /// What is to be done with the fields of a column of the file.
  private enum Use {
    case skip
    case number(Int)
    case label
  }

  private var scanner: CSVScanner
  private let file: String
  private let header: [String]
  private let uses: [Use]
  private let width: Int
  private var labels: [String: Int] = [:]
  private(set) var values: [Double] = []
  private(set) var rowCount = 0
  private(set) var runs: [CSVTable.Run] = []

  init(
    _ bytes: UnsafeBufferPointer<UInt8>, file: String, columns: [String], labelColumn: String?
  ) throws(CSVError) {
    scanner = CSVScanner(bytes)
    self.file = file
    width = columns.count
    let header = try Self.header(&scanner, file)
    self.header = header
    for (index, name) in header.enumerated() where header[..<index].contains(name) {
      throw CSVError(.duplicate, file: file, line: 1, column: name)
    }
    let wanted = columns + (labelColumn.map { [$0] } ?? [])
    for (index, name) in wanted.enumerated() where wanted[..<index].contains(name) {
      throw CSVError(.askedTwice, file: file, column: name)
    }
    let missing = wanted.filter { !header.contains($0) }
    guard missing.isEmpty else { throw CSVError(.missing(missing, available: header), file: file) }
    uses = header.map { name in
      if name == labelColumn { return .label }
      return columns.firstIndex(of: name).map { .number($0) } ?? .skip
    }
  }

  /// Reads all rows under the header.
  mutating func readRows() throws(CSVError) {
    while true {
      let line = scanner.line
      let blank = scanner.skipBlankLines()
      if scanner.isAtEnd { break }
      if blank > 0 { throw CSVError(.blankLine, file: file, line: line) }
      try readRow()
    }
    guard rowCount > 0 else { throw CSVError(.noRows, file: file) }
  }

  private mutating func readRow() throws(CSVError) {
    let begin = scanner
    let start = values.count
    for _ in 0..<width { values.append(0) }
    for (index, use) in uses.enumerated() {
      let endsLine: Bool
      if case .number(let slot) = use {
        guard let number = scanner.number() ?? paddedNumber(), number.value.isFinite else {
          throw diagnosis(begin)
        }
        values[start + slot] = number.value
        endsLine = number.endsLine
      } else {
        guard let field = scanner.field() else { throw diagnosis(begin) }
        if case .label = use {
          guard !field.range.isEmpty else {
            throw CSVError(.gap, file: file, line: begin.line, column: header[index])
          }
          try note(scanner.text(field), line: begin.line)
        }
        endsLine = field.endsLine
      }
      guard endsLine == (index == uses.count - 1) else { throw diagnosis(begin) }
    }
    rowCount += 1
  }

  /// A number with blanks or quotes around.
  private mutating func paddedNumber() -> (value: Double, endsLine: Bool)? {
    guard let field = scanner.field(), let value = value(of: field) else { return nil }
    return (value, field.endsLine)
  }

  private func value(of field: CSVScanner.Field) -> Double? {
    let bytes = UnsafeBufferPointer(rebasing: scanner.bytes[field.range])
    guard let number = CSVNumber.parse(bytes, from: 0), number.end == bytes.count else { return nil }
    return number.value
  }

  private mutating func note(_ label: String, line: Int) throws(CSVError) {
    if let last = runs.indices.last, runs[last].label == label {
      runs[last].rows = runs[last].rows.lowerBound..<rowCount + 1
      return
    }
    if let firstLine = labels.updateValue(line, forKey: label) {
      throw CSVError(.scattered(label, firstLine: firstLine), file: file, line: line)
    }
    runs.append(CSVTable.Run(label: label, rows: rowCount..<rowCount + 1, line: line))
  }

  /// What is wrong with the line at which the scanner stands: its number of fields, else its first bad number.
  private func diagnosis(_ begin: CSVScanner) -> CSVError {
    var scanner = begin
    var fields: [CSVScanner.Field] = []
    repeat {
      guard let field = scanner.field() else { return CSVError(.openQuote, file: file, line: begin.line) }
      fields.append(field)
    } while fields.last?.endsLine == false
    guard fields.count == header.count else {
      return CSVError(.fieldCount(fields.count, expected: header.count), file: file, line: begin.line)
    }
    for (index, field) in fields.enumerated() {
      guard case .number = uses[index] else { continue }
      let text = scanner.text(field)
      let problem: CSVError.Problem
      switch value(of: field) {
      case .some(let value) where value.isFinite: continue
      case .some: problem = .notFinite(text)
      case nil where text.isEmpty: problem = .gap
      case nil: problem = Double(text)?.isFinite == false ? .notFinite(text) : .notANumber(text)
      }
      return CSVError(problem, file: file, line: begin.line, column: header[index])
    }
    return CSVError(.fieldCount(fields.count, expected: header.count), file: file, line: begin.line)
  }

  private static func header(_ scanner: inout CSVScanner, _ file: String) throws(CSVError) -> [String] {
    let line = scanner.line
    if scanner.skipBlankLines() > 0 && !scanner.isAtEnd {
      throw CSVError(.blankLine, file: file, line: line)
    }
    if scanner.isAtEnd { throw CSVError(.noHeader, file: file) }
    var names: [String] = []
    while true {
      guard let field = scanner.field() else { throw CSVError(.openQuote, file: file, line: line) }
      names.append(scanner.text(field))
      if field.endsLine { break }
    }
    if names.count == 1 {
      if names[0].contains(";") { throw CSVError(.separator("semicolons"), file: file, line: line) }
      if names[0].contains("\t") { throw CSVError(.separator("tabs"), file: file, line: line) }
    }
    return names
  }
}
