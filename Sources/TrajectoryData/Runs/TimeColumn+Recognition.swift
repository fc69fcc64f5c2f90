extension TimeColumn {
  /// The `format` of times that are numbers.
  package static let numbers = "number"

  /// The column with its format: numbers, or the pattern that all its texts have.
  ///
  /// - Parameters:
  ///   - file: the file's path.
  ///   - format: the file's dialect.
  ///   - missing: markers of missing values.
  /// - Throws: ``TableError`` if no pattern fits, or the day as well as the month can stand first and both readings give
  ///   times in order.
  package func recognised(
    in file: String, _ format: TableFormat, missing: [String]
  ) throws -> TimeColumn {
    guard self.format == nil else { return self }
    var column = self
    let reader = try TableReader(file, format: format, missing: missing)
    let index = try reader.indices(of: [self.column])[0]
    if clock == nil, reader.numberColumns.contains(index) {
      column.format = Self.numbers
      return column
    }
    let date = try Self.pattern(
      of: reader.texts(of: index), among: clock == nil ? Self.datesWithTime : Self.dates, file, self.column)
    guard let clock else {
      column.format = date
      return column
    }
    let clockReader = try TableReader(file, format: format, missing: missing)
    let clockIndex = try clockReader.indices(of: [clock])[0]
    let time = try Self.pattern(of: clockReader.texts(of: clockIndex), among: Self.clocks, file, clock)
    column.format = "\(date) \(time)"
    return column
  }

  private static let dates = [
    "yyyy-MM-dd", "yyyy/MM/dd", "yyyy.MM.dd", "dd/MM/yyyy", "MM/dd/yyyy", "dd.MM.yyyy", "MM.dd.yyyy",
    "dd-MM-yyyy", "MM-dd-yyyy", "dd/MM/yy", "MM/dd/yy", "dd.MM.yy",
  ]
  private static let clocks = ["HH:mm:ss", "HH:mm:ss.SSS", "HH:mm", "HH.mm.ss", "HH.mm"]
  private static let datesWithTime =
    ["iso"] + dates + dates.flatMap { date in clocks.flatMap { ["\(date) \($0)", "\(date)T\($0)"] } }

  private static func pattern(
    of texts: [String], among patterns: [String], _ file: String, _ column: String
  ) throws -> String {
    let texts = texts.filter { !$0.isEmpty && $0.lowercased() != "nan" && $0.lowercased() != "null" }
    func strangers(_ pattern: String) -> [String] {
      guard let format = TimeFormat(pattern: pattern) else { return texts }
      return texts.filter { format.parse($0.utf8) == nil }
    }
    let fitting = patterns.filter { !texts.isEmpty && strangers($0).isEmpty }
    guard let first = fitting.first else {
      // Of times of which a few are damaged, one of these.
      let best = patterns.map { ($0, strangers($0)) }.min { $0.1.count < $1.1.count }
      let isClose = best.map { 10 * $0.1.count <= texts.count } ?? false
      throw TableError(
        .notATime((isClose ? best?.1.first : texts.first) ?? "", format: isClose ? best?.0 ?? "iso" : "iso"),
        file: file, column: column)
    }
    let swapped = fitting.filter { $0.hasPrefix("dd") != first.hasPrefix("dd") && !$0.hasPrefix("yyyy") }
    guard !first.hasPrefix("yyyy"), first != "iso", let other = swapped.first else { return first }
    switch (isInOrder(texts, first), isInOrder(texts, other)) {
    case (true, false): return first
    case (false, true): return other
    default: throw TableError(.ambiguousTime(texts[0]), file: file, column: column)
    }
  }

  private static func isInOrder(_ texts: [String], _ pattern: String) -> Bool {
    guard let format = TimeFormat(pattern: pattern) else { return false }
    let times = texts.compactMap { format.parse($0.utf8)?.seconds }
    return zip(times.dropFirst(), times).allSatisfy { $0 > $1 }
  }
}

extension TableReader {
  /// The different texts of a column, in the order in which they occur first, of the first rows.
  func texts(of column: Int, limit: Int = 20_000) throws -> [String] {
    struct Enough: Error {}
    do {
      try read([(column, .text)]) { _ in if labels.count >= limit { throw Enough() } }
    } catch is Enough {}
    return labels
  }
}
