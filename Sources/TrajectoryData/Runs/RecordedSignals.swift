/// The signals of a recording's rows as they are in its files, joined and cut to the rows that are meant.
struct RecordedSignals {
  /// Row-major [rows x signals]; NaN for missing values.
  let values: [Double]
  /// The time of each row (s); nil without a time column.
  let times: [Double]?
  /// The label of each row, as a number into `labels`; nil without a run column.
  let runs: [Int]?
  let labels: [String]
  /// The line of each row in the first file, and how they count.
  let lines: [Int]
  let numbering: RowNumbering
  /// Time between two rows by the first file's own statement (s).
  let samplingTime: Double?
  /// The time column with its format.
  let time: TimeColumn?
  /// The dialect of the file, and of the joined one.
  let format: TableFormat
  let joinedFormat: TableFormat?

  var rowCount: Int { lines.count }

  /// Reads the files.
  ///
  /// - Parameters:
  ///   - recording: what to read; its format wins over `format`.
  ///   - signals: the names of states and inputs.
  ///   - time: the time column, if there is one.
  ///   - runColumn: the column that names the run of a row, if there is one.
  ///   - format: what is known of the dialect.
  ///   - missing: markers of missing values.
  /// - Throws: ``TableError``, ``RecordingError``.
  init(
    _ recording: Recording, signals: [String], time: TimeColumn?, runColumn: String?, format: TableFormat,
    missing: [String]
  ) throws {
    let reader = try TableReader(recording.file, format: recording.format ?? format, missing: missing)
    let columns = signals.map { recording.column(of: $0) }
    // With a second file, a signal is where its column is.
    let isHere = recording.join == nil ? columns.map { _ in true } : columns.map { reader.names.contains($0) }
    let here = columns.indices.filter { isHere[$0] }
    var first = try SignalTable(
      reader, here.map { columns[$0] }, time: time, runColumn: runColumn, file: recording.file,
      missing: missing)
    if let range = recording.rows {
      guard range.lowerBound < first.rowCount, range.upperBound ?? 0 <= first.rowCount else {
        throw RecordingError(.rows(range, count: first.rowCount), file: recording.file)
      }
      first.keep(range.lowerBound..<(range.upperBound ?? first.rowCount))
    }
    (self.format, self.time) = (reader.format, first.time)
    (numbering, samplingTime) = (reader.numbering, reader.samplingTime)
    guard let join = recording.join else {
      (values, times, runs, labels, lines) = (
        first.values, first.times, first.runs, first.labels, first.lines
      )
      joinedFormat = nil
      return
    }
    let other = try TableReader(join.file, format: join.format ?? TableFormat(), missing: missing)
    joinedFormat = other.format
    let there = columns.indices.filter { !isHere[$0] }
    let second = try SignalTable(
      other, there.map { columns[$0] }, time: join.by == .time ? join.time ?? time : nil, runColumn: nil,
      file: join.file, missing: missing)
    let pairs = try Self.pairs(first, second, join, recording.file)
    var values = [Double](repeating: .nan, count: pairs.count * signals.count)
    for (row, pair) in pairs.enumerated() {
      if let index = pair.first {
        for (place, column) in here.enumerated() {
          values[row * signals.count + column] = first.values[index * here.count + place]
        }
      }
      if let index = pair.second {
        for (place, column) in there.enumerated() {
          values[row * signals.count + column] = second.values[index * there.count + place]
        }
      }
    }
    self.values = values
    times = first.times == nil ? nil : pairs.map(\.time)
    runs = first.runs.map { runs in pairs.map { $0.first.map { runs[$0] } ?? 0 } }
    labels = first.labels
    lines = pairs.map { $0.first.map { first.lines[$0] } ?? second.lines[$0.second ?? 0] }
  }

  private struct Pair {
    let time: Double
    var first: Int?
    var second: Int?
  }

  /// The rows of both files, in the order of time; a row of the one without a row of the other stands alone.
  private static func pairs(
    _ first: SignalTable, _ second: SignalTable, _ join: JoinedFile, _ file: String
  ) throws -> [Pair] {
    guard join.by == .time else {
      guard first.rowCount == second.rowCount else {
        throw RecordingError(.joinedRows(first.rowCount, join.file, second.rowCount), file: file)
      }
      return (0..<first.rowCount).map { Pair(time: first.times?[$0] ?? 0, first: $0, second: $0) }
    }
    guard let times = first.times, let otherTimes = second.times else {
      throw RecordingError(.joinWithoutTime, file: join.file)
    }
    _ = try TimeAxis(
      otherTimes, lines: second.lines, second.numbering, file: join.file, column: second.timeColumn)
    if first.runs == nil {
      _ = try TimeAxis(times, lines: first.lines, first.numbering, file: file, column: first.timeColumn)
    }
    var pairs: [Pair] = []
    var (i, j) = (0, 0)
    while i < times.count || j < otherTimes.count {
      if j == otherTimes.count || (i < times.count && times[i] < otherTimes[j]) {
        pairs.append(Pair(time: times[i], first: i))
        i += 1
      } else if i == times.count || otherTimes[j] < times[i] {
        pairs.append(Pair(time: otherTimes[j], second: j))
        j += 1
      } else {
        pairs.append(Pair(time: times[i], first: i, second: j))
        (i, j) = (i + 1, j + 1)
      }
    }
    return pairs
  }
}

/// The signals of one file.
private struct SignalTable {
  private(set) var values: [Double] = []
  private(set) var times: [Double]?
  private(set) var runs: [Int]?
  private(set) var lines: [Int]
  let numbering: RowNumbering
  let labels: [String]
  let timeColumn: String
  /// With its format.
  let time: TimeColumn?
  private let width: Int

  var rowCount: Int { lines.count }

  init(
    _ reader: TableReader, _ columns: [String], time: TimeColumn?, runColumn: String?, file: String,
    missing: [String]
  ) throws {
    width = columns.count
    timeColumn = time?.column ?? ""
    var timeKinds: [(name: String, kind: TableReader.Kind)] = []
    let time = try time?.recognised(in: file, reader.format, missing: missing)
    self.time = time
    if let time {
      guard let kinds = time.kinds else {
        throw RecordingError(.timeFormat(time.format ?? ""), file: file, column: time.column)
      }
      timeKinds = kinds
    }
    let table = try Table(
      reader,
      columns: columns.map { ($0, .number) } + timeKinds + (runColumn.map { [($0, .label)] } ?? []))
    if reader.hasNoNames, TableSurvey.isTransposed(rows: table.rowCount, columns: reader.names.count) {
      throw TableError(.transposed(rows: table.rowCount, columns: reader.names.count), file: file)
    }
    (lines, numbering) = (table.lines, table.numbering)
    labels = table.labels
    let all = table.columns.count
    values.reserveCapacity(table.rowCount * width)
    if all == width {
      values = table.values
      return
    }
    var times: [Double] = []
    var runs: [Int] = []
    let scale = time?.format == TimeColumn.numbers ? time?.unit.seconds ?? 1 : 1
    // Dates count from the epoch, so that the times of two files can be compared.
    let origin = Double(table.timeOrigin ?? 0)
    for row in 0..<table.rowCount {
      let start = row * all
      values += table.values[start..<start + width]
      if time != nil {
        times.append(
          origin + table.values[start + width..<start + width + timeKinds.count].reduce(0, +) * scale)
      }
      if runColumn != nil { runs.append(Int(table.values[start + all - 1])) }
    }
    self.times = time == nil ? nil : times
    self.runs = runColumn == nil ? nil : runs
  }

  mutating func keep(_ rows: Range<Int>) {
    values = Array(values[rows.lowerBound * width..<rows.upperBound * width])
    times = times.map { Array($0[rows]) }
    runs = runs.map { Array($0[rows]) }
    lines = Array(lines[rows])
  }
}
