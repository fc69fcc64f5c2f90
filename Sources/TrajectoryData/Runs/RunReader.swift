/// Makes trajectories of recordings: cut into runs, checked for even times or resampled, cut where values are missing,
/// split into training, validation and test.
package struct RunReader: Sendable {
  /// The signals and times of a dataset.
  package struct Settings: Sendable {
    package var states: [String]
    package var inputs: [String]
    /// Time between two rows (s); nil: that of the time column, or of `resampling`.
    package var samplingTime: Double?
    package var time: TimeColumn?
    package var resampling: Resampling?
    package var runColumn: String?
    package var format: TableFormat
    package var missing: [String]
    package var missingOutputs: MissingOutputs

    package init(
      states: [String], inputs: [String], samplingTime: Double? = nil, time: TimeColumn? = nil,
      resampling: Resampling? = nil, runColumn: String? = nil, format: TableFormat = TableFormat(),
      missing: [String] = [], missingOutputs: MissingOutputs = .cut
    ) {
      self.missingOutputs = missingOutputs
      (self.states, self.inputs, self.samplingTime) = (states, inputs, samplingTime)
      (self.time, self.resampling, self.runColumn) = (time, resampling, runColumn)
      (self.format, self.missing) = (format, missing)
    }
  }

  /// The time between two rows (s).
  package private(set) var samplingTime: Double?
  /// Remarks about the data, in sentences.
  package private(set) var notes: [String] = []
  /// The dialects of the recordings, in the order in which they were read, and of joined files.
  package private(set) var formats: [(file: TableFormat, joined: TableFormat?)] = []

  /// The time column with its format.
  package private(set) var time: TimeColumn?
  private let settings: Settings
  private var signals: [String] { settings.states + settings.inputs }

  package init(_ settings: Settings) {
    self.settings = settings
    time = settings.time
    samplingTime = settings.samplingTime ?? settings.resampling?.step
  }

  /// Reads a recording.
  ///
  /// - Parameters:
  ///   - recording: the file.
  ///   - split: how rows at the end of each run are set aside.
  ///   - part: where the other rows belong.
  /// - Returns: trajectories with the part that each belongs to; at least one of `part`.
  /// - Throws: ``TableError``, ``RecordingError``, ``TrajectoryError``.
  package mutating func read(
    _ recording: Recording, part: TrajectorySet.Part, split: RunSplit = RunSplit()
  ) throws -> [(part: TrajectorySet.Part, trajectory: Trajectory)] {
    let rows = try RecordedSignals(
      recording, signals: signals, time: time, runColumn: settings.runColumn,
      format: settings.format, missing: settings.missing)
    time = rows.time
    formats.append((rows.format, rows.joinedFormat))
    var runs: [(label: String?, rows: [Int])] = []
    if let labels = rows.runs {
      runs = rows.labels.map { ($0, []) }
      for (row, label) in labels.enumerated() { runs[label].rows.append(row) }
      // Rows outside the range leave labels without rows.
      runs.removeAll { $0.rows.isEmpty }
    } else {
      runs = [(nil, Array(0..<rows.rowCount))]
    }
    var result: [(part: TrajectorySet.Part, trajectory: Trajectory)] = []
    var missing = MissingRows(
      signals: signals, outputs: settings.missingOutputs == .mask ? settings.states.count : 0)
    for run in runs {
      var source = recording.file
      if let label = run.label {
        source += ", trajectory \(label) (from \(rows.numbering.rawValue) \(rows.lines[run.rows[0]]))"
      } else if let range = recording.rows {
        source += ", rows \(range)"
      }
      let even = try evenRows(rows, run.rows, recording.file)
      for (share, range) in split.parts(of: even.count) {
        let part = share == .training ? part : share
        for piece in missing.pieces(even, range) {
          let isWhole = piece == range
          result.append(
            (part, try trajectory(even, piece, source: isWhole ? source : source + ", rows \(piece) of it")))
        }
      }
    }
    guard result.contains(where: { $0.part == part }) else {
      if missing.counts.isEmpty {
        throw TrajectoryError(source: recording.file, problem: .tooFewRows(missing.rowCount))
      }
      throw RecordingError(
        .noWholeRows(missing.counts, rows: missing.rowCount), file: recording.file)
    }
    if let note = missing.note { notes.append("\(recording.file): \(note)") }
    return result
  }

  /// Rows at a constant step.
  private struct EvenRows {
    let values: [Double]
    let width: Int

    var count: Int { width == 0 ? 0 : values.count / width }
    func row(_ index: Int) -> ArraySlice<Double> { values[index * width..<(index + 1) * width] }
    func isWhole(_ index: Int) -> Bool { row(index).allSatisfy { !$0.isNaN } }
  }

  private mutating func evenRows(_ rows: RecordedSignals, _ indices: [Int], _ file: String) throws -> EvenRows
  {
    let width = signals.count
    var values: [Double] = []
    if indices.count == rows.rowCount {
      values = rows.values
    } else {
      values.reserveCapacity(indices.count * width)
      for index in indices { values += rows.values[index * width..<(index + 1) * width] }
    }
    guard let times = rows.times, let time else {
      samplingTime = samplingTime ?? rows.samplingTime
      guard samplingTime != nil, settings.resampling == nil else {
        throw RecordingError(.noSamplingTime, file: file)
      }
      return EvenRows(values: values, width: width)
    }
    let axis = try TimeAxis(
      indices.map { times[$0] }, lines: indices.map { rows.lines[$0] }, rows.numbering, file: file,
      column: time.column)
    if let resampling = settings.resampling {
      return resampled(values, axis, resampling, tolerance: time.tolerance)
    }
    if samplingTime == nil { samplingTime = axis.usualStep }
    if let samplingTime { try axis.checkEven(samplingTime, tolerance: time.tolerance) }
    return EvenRows(values: values, width: width)
  }

  private func resampled(
    _ values: [Double], _ axis: TimeAxis, _ resampling: Resampling, tolerance: Double
  ) -> EvenRows {
    let width = signals.count
    guard let first = axis.times.first, let last = axis.times.last else {
      return EvenRows(values: [], width: width)
    }
    let step = resampling.step
    let count = Int(((last - first) / step + tolerance).rounded(.down)) + 1
    let maxGap = resampling.maxGap ?? 3 * max(step, axis.usualStep ?? step)
    var result = [Double](repeating: .nan, count: count * width)
    for column in 0..<width {
      let resampler = Resampler(
        times: axis.times, values: axis.times.indices.map { values[$0 * width + column] }, maxGap: maxGap,
        nearness: tolerance * step)
      let method = column < settings.states.count ? resampling.states : resampling.inputs
      for (row, value) in resampler.values(from: first, step: step, count: count, method).enumerated() {
        result[row * width + column] = value
      }
    }
    return EvenRows(values: result, width: width)
  }

  private func trajectory(_ rows: EvenRows, _ range: Range<Int>, source: String) throws -> Trajectory {
    let (n, m) = (settings.states.count, settings.inputs.count)
    var states: [Double] = []
    var inputs: [Double] = []
    states.reserveCapacity(range.count * n)
    inputs.reserveCapacity(range.count * m)
    for start in stride(from: range.lowerBound * (n + m), to: range.upperBound * (n + m), by: n + m) {
      states += rows.values[start..<start + n]
      inputs += rows.values[start + n..<start + n + m]
    }
    return try Trajectory(
      samplingTime: samplingTime ?? 0, stateNames: settings.states, inputNames: settings.inputs,
      states: states, inputs: inputs, source: source, allowsMissing: settings.missingOutputs == .mask)
  }

  /// Cuts runs at rows with missing values, and counts what is lost.
  private struct MissingRows {
    private let signals: [String]
    /// So many signals, the first ones, may be missing without a cut.
    private let maskable: Int
    private var maskedRows = 0
    private(set) var rowCount = 0
    private var missing: [Int]
    private var cutRows = 0
    private var shortPieces = 0
    private var pieceCount = 0

    init(signals: [String], outputs maskable: Int) {
      (self.signals, self.maskable) = (signals, maskable)
      missing = signals.map { _ in 0 }
    }

    /// Ranges of at least two rows with all values but masked ones, which neither begin nor end without any output.
    mutating func pieces(_ rows: EvenRows, _ range: Range<Int>) -> [Range<Int>] {
      rowCount += range.count
      if maskable > 0 { return maskedPieces(rows, range) }
      var pieces: [Range<Int>] = []
      var start = range.lowerBound
      for row in range where !rows.isWhole(row) {
        for (column, value) in rows.row(row).enumerated() where value.isNaN { missing[column] += 1 }
        cutRows += 1
        add(start..<row, to: &pieces)
        start = row + 1
      }
      add(start..<range.upperBound, to: &pieces)
      pieceCount += pieces.count
      return pieces
    }

    private mutating func maskedPieces(_ rows: EvenRows, _ range: Range<Int>) -> [Range<Int>] {
      var pieces: [Range<Int>] = []
      var (start, end) = (range.lowerBound, range.lowerBound)
      var hasOutput = false
      for row in range {
        let values = rows.row(row)
        let isCut = values.dropFirst(maskable).contains(where: \.isNaN)
        let outputs = values.prefix(maskable).count { !$0.isNaN }
        for (column, value) in values.enumerated() where value.isNaN { missing[column] += 1 }
        if isCut {
          cutRows += 1
          if hasOutput { add(start..<end, to: &pieces) }
          (start, hasOutput) = (row + 1, false)
        } else if outputs > 0 {
          if !hasOutput { (start, hasOutput) = (row, true) }
          end = row + 1
        }
        if !isCut && outputs < maskable { maskedRows += 1 }
      }
      if hasOutput { add(start..<end, to: &pieces) }
      pieceCount += pieces.count
      return pieces
    }

    private mutating func add(_ range: Range<Int>, to pieces: inout [Range<Int>]) {
      if range.count >= 2 { pieces.append(range) } else if range.count == 1 { shortPieces += 1 }
    }

    var counts: [RecordingError.MissingCount] {
      zip(signals, missing).filter { $1 > 0 }.map { .init(column: $0, count: $1) }
    }

    /// Nil if nothing is missing.
    var note: String? {
      guard cutRows + maskedRows > 0 else { return nil }
      let columns = counts.map { "\($0.column) in \($0.count)" }.joined(separator: ", ")
      let short = shortPieces > 0 ? ", besides \(shortPieces) single rows that are not used" : ""
      let cut =
        cutRows == 0
        ? nil
        : "\(cutRows) of \(rowCount) rows lack \(maskable > 0 ? "inputs" : "values"); they cut the run into "
          + "\(pieceCount) trajectories\(short)"
      guard maskable > 0 else {
        return "\(cutRows) of \(rowCount) rows lack values (\(columns)); they cut the run into "
          + "\(pieceCount) trajectories\(short)"
      }
      let masked =
        "\(maskedRows) of \(rowCount) rows lack outputs, which count in no loss and no error (\(columns))"
      return [masked, cut].compactMap(\.self).joined(separator: "; ")
    }
  }
}
