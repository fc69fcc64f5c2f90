import ErrorCategories
import Foundation
import TrajectoryData

/// The text of a study file for data files: what they show, and a first comparison that runs as it stands.
package struct NewStudy {
  /// What the user says of the data.
  package struct Request: Sendable {
    /// Data files, as they are to stand in the study file.
    package var files: [String]
    package var outputs: [String]
    /// Whether the outputs are all states of the system, so that the next row follows from the present one.
    package var areStates = false
    /// Nil: all other columns of numbers that vary.
    package var inputs: [String]?
    package var samplingTime: Double?
    package var time: TimeColumn?
    package var trajectoryColumn: String?
    package var missing: [String] = []
    package var rows: RowRange?
    package var format = TableFormat()
    /// The training time to aim at (min), on all cores.
    package var minutes = 2.0
    package var members = 4
    package var cores = 1
    package var name: String

    package init(files: [String], outputs: [String], name: String) {
      (self.files, self.outputs, self.name) = (files, outputs, name)
    }
  }

  /// Something that only the user knows.
  package enum Question: CategorizedError, Equatable {
    /// The outputs; columns to choose from.
    case outputs([String])
    /// The time between two rows.
    case samplingTime
    /// Names that are not columns, with those there are.
    case columns([String], available: [String])

    package var category: ErrorCategory { .usage }
    package var description: String {
      switch self {
      case .outputs(let names):
        "the columns to be predicted are not known; name some with --outputs: \(names.prefix(40).joined(separator: ", "))"
      case .samplingTime:
        "no column of times was recognised; give the time between two rows in seconds with --sampling-time, or the column "
          + "with --time"
      case .columns(let names, let available):
        "the file has no column of numbers \(names.joined(separator: ", ")); it has "
          + available.prefix(40).joined(separator: ", ")
      }
    }
  }

  /// The study file.
  package let text: String
  /// What was decided without the user, in sentences.
  package let remarks: [String]

  /// Composes a study file of the survey of the first file.
  ///
  /// - Parameters:
  ///   - request: what the user said.
  ///   - survey: of the first file; the others are taken to be alike.
  /// - Throws: `Question`.
  package init(_ request: Request, _ survey: TableSurvey) throws(Question) {
    let numbers = survey.columns.filter { $0.summary != nil }.map(\.name)
    let times = survey.times
    let isTime = Set([times?.column.column, times?.column.clock].compactMap(\.self))
    guard !request.outputs.isEmpty else { throw .outputs(survey.signals) }
    let inputs =
      request.inputs
      ?? survey.signals.filter { !request.outputs.contains($0) && $0 != request.trajectoryColumn }
    // A column may be meant by its number.
    let places = Set(survey.columns.indices.filter { survey.columns[$0].summary != nil }.map { "#\($0 + 1)" })
    let unknown = (request.outputs + inputs).filter { !numbers.contains($0) && !places.contains($0) }
    guard unknown.isEmpty else { throw .columns(unknown, available: numbers.filter { !isTime.contains($0) }) }
    let runColumn = request.trajectoryColumn ?? survey.runs?.column
    var remarks: [String] = []
    var files: [(key: String, value: String, comment: String?)] = []
    let recordings = request.files.map { file in
      request.rows.map { "{file: \(ResolvedText.quoted(file)), rows: \($0)}" } ?? ResolvedText.quoted(file)
    }
    files.append(("train", "[\(recordings.joined(separator: ", "))]", nil))
    files.append(
      (
        "split", "{validation: 0.15, test: 0.2}",
        "of each run the last fifth is for testing, 15 % before it for validation"
      ))
    files.append(
      request.areStates
        ? ("states", Self.list(request.outputs), "all states of the system, predicted")
        : (
          "outputs", Self.list(request.outputs),
          "measured and predicted; perhaps not all states of the system"
        )
    )
    if !inputs.isEmpty {
      files.append(
        ("inputs", Self.list(inputs), request.inputs == nil ? "all other columns that vary" : "given"))
    }
    let units = survey.columns.filter { (request.outputs + inputs).contains($0.name) }
      .compactMap { column in column.unit.map { (column.name, $0) } }
    if !units.isEmpty {
      let list = units.map { "\(ResolvedText.quoted($0.0)): \(ResolvedText.quoted($0.1))" }
      files.append(("units", "{\(list.joined(separator: ", "))}", nil))
    }
    if let samplingTime = request.samplingTime {
      files.append(("samplingTime", "\(samplingTime)", "seconds from row to row"))
    } else if let times {
      files.append(("time", Self.time(times.column), nil))
      if let own = survey.samplingTime, times.isEven, own != times.usualStep {
        remarks.append(
          "the file states a sampling time of \(own) s, but its times have steps of \(times.usualStep) s")
      }
      if !times.isEven {
        let step = times.usualStep
        let maxGap = Self.maxGap(times, rows: survey.rowCount)
        files.append(
          (
            "resample", "{step: \(step), maxGap: \(maxGap)}",
            "times are uneven: gaps up to maxGap are bridged, longer ones cut a run"
          ))
        remarks.append(
          "times are uneven: resampled every \(step) s, and cut at gaps longer than \(maxGap) s")
      }
    } else if let samplingTime = survey.samplingTime {
      files.append(("samplingTime", "\(samplingTime)", "seconds from row to row, as the file says"))
    } else {
      throw .samplingTime
    }
    if let runColumn {
      files.append(("trajectoryColumn", ResolvedText.quoted(runColumn), "names the run of a row"))
      if request.trajectoryColumn == nil { remarks.append("column \(runColumn) is taken to tell runs apart") }
    }
    let missing = survey.columns.filter { request.outputs.contains($0.name) }.compactMap(\.summary?.missing)
    if !request.areStates, let most = missing.max(), most > 0 {
      files.append(
        ("missingOutputs", "mask", "rows without an output still train the others and what follows"))
    }
    if !request.missing.isEmpty { files.append(("missing", Self.list(request.missing), nil)) }
    if let format = StudyFileTable.format.write(survey.format)?.flow, survey.format != TableFormat() {
      files.append(("format", format, "as recognised"))
    }
    let used = Set(request.outputs + inputs).union(isTime)
    let others = survey.columns.map(\.name).filter { !used.contains($0) }
    let notes = survey.notes.filter { note in !others.contains { note.hasPrefix("\($0): ") } }
    remarks += notes
    let size = Size(survey, request, signals: request.outputs.count + inputs.count)
    text = Self.text(request, files, size, notes: notes)
    self.remarks = remarks
  }

  /// The longest gap to bridge (s): none that lacks a row, unless they lack one or two so often that pieces would be short.
  private static func maxGap(_ times: TableSurvey.Times, rows: Int) -> Double {
    let step = times.usualStep
    let short = times.steps.filter { $0.seconds > 1.5 * step && $0.seconds <= 3.5 * step }
    return (200 * short.reduce(0) { $0 + $1.count } > rows ? 3.5 : 1.5) * step
  }

  /// How large networks are and how long they train.
  private struct Size {
    let hidden: [Int]
    let epochs: Int
    let testRows: Int
    /// Lags of each signal, for outputs that are not all states.
    let lags: Int
    /// Whether an output is missing in so many rows that lags of it are rarely whole, as if it were measured in every other row.
    let isMultiRate: Bool
    /// Steps of a simulation in training.
    let horizon: Int
    /// Measured rows before a forecast with hidden states.
    let washout: Int

    init(_ survey: TableSurvey, _ request: Request, signals: Int) {
      let perRun = survey.rowCount / max(1, survey.runs?.labels.count ?? 1)
      let training = Double(survey.rowCount * request.files.count) * 0.65
      hidden =
        training < 500
        ? [8, 8] : training < 5000 ? [12, 12] : training < 50_000 ? [20, 20, 20] : [32, 32, 32]
      // Gaps and missing inputs cut runs; how evenly is not known.
      var cuts =
        request.areStates
        ? 0
        : survey.columns.reduce(0) { count, column in
          request.outputs.contains(column.name) || !(request.inputs ?? []).contains(column.name)
            ? count : max(count, column.summary?.missing ?? 0)
        }
      if let times = survey.times, !times.isEven {
        let longest = NewStudy.maxGap(times, rows: survey.rowCount)
        cuts += times.steps.filter { $0.seconds > longest }.reduce(0) { $0 + $1.count }
      }
      let piece = survey.rowCount / (cuts + max(1, survey.runs?.labels.count ?? 1))
      testRows = max(2, min(perRun / 5, request.areStates ? perRun : piece))
      isMultiRate =
        !request.areStates
        && survey.columns.contains {
          request.outputs.contains($0.name) && 10 * ($0.summary?.missing ?? 0) > 4 * survey.rowCount
        }
      lags = max(2, min(training < 1000 ? 3 : training < 20_000 ? 5 : 8, testRows / 8))
      // Not whole runs, over which networks that begin unstable diverge.
      horizon = min(60, max(10, testRows / 4))
      washout = max(1, min(50, testRows / 8))
      // About a microsecond for 50 weights and a sample at 128 samples a batch, forward, backward and update.
      let width = request.areStates ? signals : signals * lags
      let weights = zip([width] + hidden, hidden + [request.outputs.count]).reduce(0) { $0 + $1.0 * $1.1 }
      let epoch = max(training, 128) * (0.05 + Double(weights) * 4e-4) * 1e-6 + 1e-5
      // An epoch of simulations is as many steps of the network, without the speed of large batches.
      let budget =
        (request.areStates ? 1 : 0.4) * request.minutes * 60 * Double(request.cores)
        / Double(3 * request.members)
      epochs = min(2000, max(10, Int(budget / epoch)))
    }
  }

  private static func list(_ names: [String]) -> String {
    "[" + names.map(ResolvedText.quoted).joined(separator: ", ") + "]"
  }

  private static func time(_ column: TimeColumn) -> String {
    var parts = ["column: \(ResolvedText.quoted(column.column))"]
    if let clock = column.clock { parts.append("clock: \(ResolvedText.quoted(clock))") }
    if column.unit != .seconds { parts.append("unit: \(column.unit.rawValue)") }
    if let format = column.format { parts.append("format: \(ResolvedText.quoted(format))") }
    return "{\(parts.joined(separator: ", "))}"
  }

  private static func text(
    _ request: Request, _ files: [(key: String, value: String, comment: String?)], _ size: Size,
    notes: [String]
  ) -> String {
    var lines = [
      "# Made by potline new; every key is explained by: potline study reference",
      "name: \(request.name)", "members: \(request.members)", "dataset:",
    ]
    for note in notes.prefix(20) {
      lines.append(
        "  # "
          + String(
            note.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) }))
    }
    lines.append("  files:")
    for (key, value, comment) in files {
      lines.append("    \(key): \(value)" + (comment.map { "  # \($0)" } ?? ""))
    }
    // A forecast begins after the rows that lags and hidden states need.
    let longest = request.areStates ? size.testRows : size.testRows - size.lags - size.washout - 1
    let ends = [longest / 10, longest].filter { $0 >= 2 }
    lines += [
      "defaults:",
      "  hidden: \(size.hidden)",
      "  epochs: \(size.epochs)  # about \(String(format: "%g", request.minutes)) min in all on \(request.cores) cores",
      "  learningRate: {schedule: cosine, from: 2e-3, to: 2e-5}",
    ]
    lines += request.areStates ? statesVariants : outputsVariants(size)
    lines += [
      "forecast:",
      "  windows: [\((ends.isEmpty ? [1] : ends).map { "[0, \($0)]" }.joined(separator: ", "))]",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  /// Comparisons on the present row, which has all that the next row depends on.
  private static let statesVariants = [
    "variants:",
    "  - name: dense",
    "  - name: sparse",
    "    penalty: {method: proximal, weight: 1e-4}",
    "  - name: sparse-input-skip",
    "    inputSkip: true",
    "    penalty: {method: proximal, weight: 1e-4}",
  ]

  /// Comparisons of what can stand in for states that are not measured, each judged in free run, as it is trained.
  private static func outputsVariants(_ size: Size) -> [String] {
    // Training on the error of the next row, with which simulations otherwise begin, needs rows in turn.
    let startSteps = size.isMultiRate ? ", startSteps: 0" : ""
    let lags = size.isMultiRate ? "{inputs: \(size.lags)}" : "{outputs: \(size.lags), inputs: \(size.lags)}"
    return [
      "  # The network's own predictions are fed back in training: in windows of so many rows.",
      "  loss: {method: simulation, horizon: \(size.horizon)\(startSteps)}",
      "  # Smooth units, and at the end second-order steps on the same errors, which go where Adam stalls.",
      "  activation: tanh",
      "  finish: {iterations: 30}",
      "variants:",
      "  # Past rows stand in for states that are not measured. If one row is enough, the first variant is as good.",
      "  - name: present-row",
      "    inputSkip: true",
      "    penalty: {method: proximal, weight: 1e-4}",
      "  - name: lags",
      "    lags: \(lags)",
      "    inputSkip: true",
      "    penalty: {method: proximal, weight: 1e-4}",
      "  # States that the network finds by itself, here two: more than that rarely help.",
      "  - name: hidden-states",
      "    hiddenStates: 2",
      "    initialState: washout  # they settle over \(size.washout) measured rows, after which a forecast begins",
      "    washout: \(size.washout)",
      "    inputSkip: true",
      "    penalty: {method: proximal, weight: 1e-4}",
    ]
  }
}
