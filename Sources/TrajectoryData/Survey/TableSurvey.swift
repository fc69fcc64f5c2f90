/// Everything that Potline sees in a table: dialect, columns, times, runs, and what should be looked at.
///
/// One pass over the file in bounded memory; the course of signals is judged by the first rows.
package struct TableSurvey: Sendable {
  /// A column of the file.
  package struct Column: Sendable {
    /// Its name; `#5` for one without a name or with that of another.
    package let name: String
    package let unit: String?
    /// Nil for texts.
    package var summary: ColumnSummary?
    /// The step of which all values are multiples.
    package var resolution: Double?
    /// The ratio of signal to noise (dB).
    package var signalToNoise: Double?
  }

  /// A step of time between two rows.
  package struct Step: Sendable, Equatable {
    package let seconds: Double
    package let count: Int
  }

  /// The column of times, as it was recognised.
  package struct Times: Sendable {
    package let column: TimeColumn
    /// Steps with their counts, the most frequent first; at most 100 kinds.
    package fileprivate(set) var steps: [Step] = []
    /// The median of the first steps (s).
    package fileprivate(set) var usualStep = 0.0
    /// Rows whose time isn't after that of the row before.
    package fileprivate(set) var backwards = 0

    /// Whether all steps are as the usual one.
    package var isEven: Bool {
      backwards == 0 && steps.allSatisfy { abs($0.seconds - usualStep) <= column.tolerance * usualStep }
    }
  }

  /// A text column that seems to name runs.
  package struct Runs: Sendable, Equatable {
    package let column: String
    package let labels: [String]
  }

  /// How an input may act on an output.
  package struct Relation: Sendable {
    package let input: String
    package let output: String
    package let delay: Int
    package let correlation: Double
  }

  package let file: String
  package let format: TableFormat
  /// The dialect in words, or the kind of a file of arrays.
  package let summary: String
  /// Time between two rows by the file's own statement (s).
  package let samplingTime: Double?
  package private(set) var rowCount = 0
  package private(set) var columns: [Column]
  package private(set) var times: Times?
  package private(set) var runs: Runs?
  package private(set) var relations: [Relation] = []
  /// What should be looked at, in sentences.
  package private(set) var notes: [String] = []

  private let hasNoNames: Bool
  /// Columns of dates or times, also of those that can't be used.
  private var dates: Set<String> = []

  /// Rows whose course is judged.
  private static let courseRows = 20_000
  /// Most delays in rows that are tried.
  private static let longestDelay = 100

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - file: its path.
  ///   - format: what is known of the dialect.
  ///   - missing: markers of missing values.
  ///   - time: the time column, if it is known.
  ///   - outputs: columns whose relations with the others are wanted.
  ///   - progress: called now and then with the share of the file that was read.
  /// - Throws: ``TableError``.
  package init(
    _ file: String, format: TableFormat = TableFormat(), missing: [String] = [], time: TimeColumn? = nil,
    outputs: [String] = [], progress: (Double) -> Void = { _ in }
  ) throws {
    let first = try TableReader(file, format: format, missing: missing)
    (self.file, self.format, summary) = (file, first.format, first.summary)
    (samplingTime, hasNoNames) = (first.samplingTime, first.hasNoNames)
    let names = Self.names(first.names)
    columns = names.indices.map { index in
      Column(
        name: names[index],
        unit: index < first.units.count && !first.units[index].isEmpty ? first.units[index] : nil)
    }
    let numbers = first.numberColumns
    try findTimes(first, time, missing: missing)
    try findRuns(first, missing: missing)
    try read(numbers, isTimeKnown: time != nil, missing: missing, outputs: outputs, progress)
    note(first)
  }

  /// Names by which columns can be asked for.
  private static func names(_ names: [String]) -> [String] {
    var seen: [String: Int] = [:]
    for name in names { seen[name, default: 0] += 1 }
    return names.enumerated().map { $1.isEmpty || seen[$1] ?? 0 > 1 ? "#\($0 + 1)" : $1 }
  }

  /// Whether the rows seem to be the signals: there are far more columns than rows, and none has a name.
  package var isTransposed: Bool { hasNoNames && Self.isTransposed(rows: rowCount, columns: columns.count) }

  static func isTransposed(rows: Int, columns: Int) -> Bool { rows > 1 && columns > 3 * rows }

  /// Columns of numbers that vary, without the times.
  package var signals: [String] {
    columns.filter { $0.summary.map { !$0.isConstant } == true && $0.name != times?.column.column }.map(
      \.name)
  }

  private mutating func findTimes(_ reader: TableReader, _ time: TimeColumn?, missing: [String]) throws {
    let numbers = Set(reader.numberColumns)
    if let time {
      times = Times(column: try time.recognised(in: file, format, missing: missing))
      return
    }
    // An array that isn't a number's column has another length.
    let texts = columns.indices.filter { !numbers.contains($0) && reader.numbering == .lines }.prefix(8)
    for index in texts {
      let column = TimeColumn(columns[index].name)
      if let found = try? column.recognised(in: file, format, missing: missing) {
        // A date alone may have its time of day beside it.
        let next = index + 1
        if next < columns.count, !numbers.contains(next), found.format?.contains("HH") == false,
          found.format != "iso",
          let both = try? TimeColumn(column.column, clock: columns[next].name)
            .recognised(in: file, format, missing: missing)
        {
          times = Times(column: both)
        } else {
          times = Times(column: found)
          if next < columns.count, !numbers.contains(next), found.format?.contains("HH") == false,
            case .notATime(let text, let format)? = ambiguity(
              TimeColumn(column.column, clock: columns[next].name), missing), format != "iso"
          {
            notes.append(
              "\(columns[next].name): \"\(text)\" is not a time as \(format), as the others are; correct it")
          }
        }
        dates = [columns[index].name]
        return
      }
      if case TableError.Problem.ambiguousTime(let text)? = ambiguity(column, missing) {
        dates.insert(column.column)
        notes.append(
          "\(column.column): times such as \(text) can have the day or the month first; state the format")
      } else if case TableError.Problem.notATime(let text, let format)? = ambiguity(column, missing),
        format != "iso"
      {
        dates.insert(column.column)
        notes.append(
          "\(column.column): \"\(text)\" is not a time as \(format), as the others are; correct it")
      }
    }
    let known = ["t", "time", "zeit", "temps", "tiempo", "timestamp", "date", "datetime", "sampling_time"]
    if let index = reader.numberColumns.first(where: {
      let name = columns[$0].name.lowercased()
      return known.contains(name.split { " ([,_".contains($0) }.first.map(String.init) ?? "")
        || known.contains(name)
    }) {
      times = Times(
        column: TimeColumn(columns[index].name, unit: unit(of: columns[index]), format: TimeColumn.numbers))
    }
  }

  private func ambiguity(_ column: TimeColumn, _ missing: [String]) -> TableError.Problem? {
    do {
      _ = try column.recognised(in: file, format, missing: missing)
      return nil
    } catch {
      return (error as? TableError)?.problem
    }
  }

  private func unit(of column: Column) -> TimeColumn.Unit {
    column.unit.flatMap(TimeColumn.Unit.init(rawValue:)) ?? .seconds
  }

  private mutating func findRuns(_ reader: TableReader, missing: [String]) throws {
    guard reader.numbering == .lines else { return }
    let numbers = Set(reader.numberColumns)
    let isTime = dates.union([times?.column.column, times?.column.clock].compactMap(\.self))
    for index in columns.indices where !numbers.contains(index) && !isTime.contains(columns[index].name) {
      let again = try TableReader(file, format: format, missing: missing)
      guard let labels = try? again.texts(of: index, limit: 1001), (2...1000).contains(labels.count) else {
        continue
      }
      runs = Runs(column: columns[index].name, labels: labels)
      return
    }
  }

  private mutating func read(
    _ numbers: [Int], isTimeKnown: Bool, missing: [String], outputs: [String], _ progress: (Double) -> Void
  ) throws {
    let reader = try TableReader(file, format: format, missing: missing)
    var kinds: [(index: Int, kind: TableReader.Kind)] = numbers.map { ($0, .number) }
    var timePlaces: [Int] = []
    if let column = times?.column, let timeKinds = column.kinds {
      let indices = try reader.indices(of: timeKinds.map(\.name))
      for (index, kind) in zip(indices, timeKinds) {
        if let place = kinds.firstIndex(where: { $0.index == index }) {
          timePlaces.append(place)
        } else {
          timePlaces.append(kinds.count)
          kinds.append((index, kind.kind))
        }
      }
    }
    var runPlace: Int?
    if let runs, let index = try? reader.indices(of: [runs.column])[0] {
      runPlace = kinds.count
      kinds.append((index, .text))
    }
    var summaries = numbers.map { _ in ColumnSummary() }
    var courses = numbers.map { _ in [Double]() }
    let courseRows = max(100, min(Self.courseRows, 4_000_000 / max(1, numbers.count)))
    var stepCounts = StepCounts(
      scale: times?.column.format == TimeColumn.numbers ? times?.column.unit.seconds ?? 1 : 1)
    let width = kinds.count
    var rowCount = 0
    try reader.read(kinds) { rows in
      for row in 0..<rows.count {
        let start = row * width
        for place in numbers.indices {
          let value = rows.values[start + place]
          summaries[place].add(value)
          if rowCount < courseRows { courses[place].append(value) }
        }
        if !timePlaces.isEmpty {
          let time = timePlaces.reduce(0.0) { $0 + rows.values[start + $1] }
          stepCounts.add(time, run: runPlace.map { Int(rows.values[start + $0]) } ?? 0)
        }
        rowCount += 1
      }
      progress(reader.size == 0 ? 1 : Double(reader.bytesRead) / Double(reader.size))
    }
    self.rowCount = rowCount
    for (place, index) in numbers.enumerated() {
      columns[index].summary = summaries[place]
      columns[index].resolution = SignalMeasures.resolution(courses[place])
      columns[index].signalToNoise = SignalMeasures.signalToNoise(courses[place])
    }
    if times != nil {
      times?.steps = stepCounts.steps
      times?.usualStep = stepCounts.usual
      times?.backwards = stepCounts.backwards
      // A column with a name like time that goes up and down is a signal.
      if !isTimeKnown, 20 * stepCounts.backwards > rowCount, let name = times?.column.column {
        notes.append(
          "\(name): \(stepCounts.backwards) values are not after that of the row before, so that it isn't taken for the time"
        )
        times = nil
      }
    }
    relate(numbers, courses, outputs)
  }

  private mutating func relate(_ numbers: [Int], _ courses: [[Double]], _ outputs: [String]) {
    let names = numbers.map { columns[$0].name }
    for output in outputs {
      guard let target = names.firstIndex(of: output) else { continue }
      let found = names.indices.filter {
        $0 != target && !outputs.contains(names[$0]) && names[$0] != times?.column.column
      }
      .compactMap { place -> Relation? in
        guard
          let (delay, correlation) = SignalMeasures.delay(
            of: courses[place], to: courses[target], longest: Self.longestDelay)
        else { return nil }
        return Relation(input: names[place], output: output, delay: delay, correlation: correlation)
      }
      relations += found.sorted { abs($0.correlation) > abs($1.correlation) }
    }
  }

  private mutating func note(_ reader: TableReader) {
    for column in columns {
      guard let summary = column.summary else { continue }
      if let (value, count) = summary.suspiciousExtreme {
        let text = value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
        notes.append(
          "\(column.name): \(text) stands apart from all other values and occurs \(count) times in \(summary.count) rows; "
            + "if it marks missing values, say so: missing: [\(text)]")
      }
      if summary.count > 0, summary.isConstant {
        notes.append("\(column.name): all values are \(summary.mean)")
      }
    }
    let missing = columns.compactMap { column in
      column.summary.flatMap { $0.missing > 0 && $0.count > 0 ? "\(column.name) in \($0.missing)" : nil }
    }
    if !missing.isEmpty {
      let others = missing.count > 20 ? ", and \(missing.count - 20) others" : ""
      notes.append(
        "values are missing in some of the \(rowCount) rows: \(missing.prefix(20).joined(separator: ", "))\(others)"
      )
    }
    notes += reader.remarks
    if isTransposed {
      notes.append(
        "\(rowCount) rows of \(columns.count) columns without header: the table seems to be transposed, with a signal in each "
          + "row; transpose it")
    }
    let repeated = Set(reader.names.filter { !$0.isEmpty }).count < reader.names.count { !$0.isEmpty }
    if repeated { notes.append("some columns have the same name; #5 means the fifth column") }
    guard let times else { return }
    if times.backwards > 0 {
      notes.append(
        "\(times.column.column): \(times.backwards) times are not after that of the row before; sort the rows, or name the "
          + "column that tells runs apart")
    }
    if !times.isEven, times.backwards == 0 {
      notes.append("\(times.column.column): the steps of time are uneven; resample, or cut at gaps")
    }
  }
}

/// Counts steps of time, by run.
private struct StepCounts {
  let scale: Double
  private var last: [Int: Double] = [:]
  private var counts: [Double: Int] = [:]
  private var others = 0
  private(set) var backwards = 0
  private var first: [Double] = []

  init(scale: Double) { self.scale = scale }

  mutating func add(_ time: Double, run: Int) {
    guard !time.isNaN else { return }
    let time = time * scale
    defer { last[run] = time }
    guard let before = last[run] else { return }
    let step = time - before
    guard step > 0 else {
      backwards += 1
      return
    }
    if first.count < 100_000 { first.append(step) }
    let rounded = TimeAxis.rounded(step, digits: 6)
    if counts[rounded] != nil || counts.count < 1000 { counts[rounded, default: 0] += 1 } else { others += 1 }
  }

  var usual: Double {
    let sorted = first.sorted()
    return sorted.isEmpty ? 0 : TimeAxis.rounded(sorted[sorted.count / 2], digits: 9)
  }

  var steps: [TableSurvey.Step] {
    counts.map { TableSurvey.Step(seconds: $0.key, count: $0.value) }
      .sorted { ($1.count, $0.seconds) < ($0.count, $1.seconds) }.prefix(100).map(\.self)
  }
}
