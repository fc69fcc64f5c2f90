import ArgumentParser
import Files
import Foundation
import StudyFiles
import StudyRunning
import TextFormatting
import TrajectoryData

struct NewCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "Writes a study file for data files, which runs as it is.",
    discussion: """
      Looks at the data as 'potline data' does, and writes a commented study file: the dialect, a split in time (the last \
      fifth of each run for testing, 15 % before it for validation), variants to compare, sizes by the amount of data, \
      and a length of training for a budget of minutes. Measured outputs are trained on simulations, from the present row, \
      from past rows, and with hidden states; where all states are measured, --states compares dense and sparse networks. All files are taken to be alike, each with one run unless a column \
      tells runs apart. On a terminal the command asks for what it can't know; otherwise options say it.
      """)

  @Argument(help: ArgumentHelp("Data files.", valueName: "file"))
  var files: [String]

  @Option(
    help: ArgumentHelp(
      "Columns of the measured outputs, which are predicted, separated by commas (required without a terminal).",
      valueName: "columns"))
  var outputs: String?

  @Option(
    help: ArgumentHelp(
      "Instead of --outputs: columns of all states of the system, separated by commas (default: none).",
      valueName: "columns"))
  var states: String?

  @Option(
    help: ArgumentHelp(
      "Columns of the inputs, separated by commas, or none (default: all other columns that vary).",
      valueName: "columns"))
  var inputs: String?

  @Option(name: .shortAndLong, help: ArgumentHelp("The study file to write (required).", valueName: "study"))
  var output: String

  @Option(
    help: ArgumentHelp("Seconds between two rows (default: by the column of times).", valueName: "seconds"))
  var samplingTime: Double?

  @Option(help: ArgumentHelp("Column that tells runs apart (default: recognised).", valueName: "column"))
  var runs: String?

  @Option(
    help: ArgumentHelp("Rows to use, counted from 0, as in 100..<40575 (default: all).", valueName: "range"))
  var rows: String?

  @OptionGroup var options: DataOptions

  @Option(help: ArgumentHelp("Minutes that the training may take, about.", valueName: "minutes"))
  var minutes = 2.0

  @Option(help: ArgumentHelp("Networks of each variant.", valueName: "count"))
  var members = 4

  @Flag(help: "Replace the study file if there is one (default: refuse).")
  var force = false

  func validate() throws {
    try options.validate()
    if outputs != nil, states != nil { throw ValidationError("give --outputs or --states, not both") }
    if let rows, RowRange(rows) == nil {
      throw ValidationError("--rows: expected a range such as 100..<40575 or 100...; got '\(rows)'")
    }
    guard minutes > 0, minutes < 1e6 else { throw ValidationError("--minutes must be more than 0") }
    guard (1...10_000).contains(members) else { throw ValidationError("--members must be at least 1") }
    if let samplingTime, !(samplingTime > 0 && samplingTime.isFinite) {
      throw ValidationError("--sampling-time must be more than 0")
    }
  }

  func perform() throws {
    if !force, FileManager.default.fileExists(atPath: output) {
      throw CommandError(.output, "\(output) exists already; give another name, or --force to replace it")
    }
    let paths = try categorized(.badInput) {
      try DatasetPaths.files(files, relativeTo: FileManager.default.currentDirectoryPath)
    }
    let survey = try categorized(.badInput) {
      try TableSurvey(paths[0], missing: options.missing, time: options.time)
    }
    if survey.isTransposed {
      throw TableError(.transposed(rows: survey.rowCount, columns: survey.columns.count), file: paths[0])
    }
    let study = try composed(request(paths), survey)
    try categorized(.output) { try AtomicFile.write(Array(study.text.utf8), to: output) }
    do {
      // What the study makes of the data shows only when it is read.
      let prepared = try PreparedStudy(try StudySource(output))
      prepared.plan.notes.forEach { Console.error($0) }
    } catch {
      Console.error("\(output) is written, but doesn't run yet:")
      throw error
    }
    for remark in study.remarks { Console.note("note: " + remark) }
    Console.result("potline run \(output)")
  }

  /// Absolute paths, so that the study file can lie anywhere.
  private func request(_ paths: [String]) -> NewStudy.Request {
    var request = NewStudy.Request(
      files: paths, outputs: NameList.names(states ?? outputs ?? ""), name: Self.name(output))
    request.areStates = states != nil
    if let inputs { request.inputs = inputs == "none" ? [] : NameList.names(inputs) }
    (request.samplingTime, request.trajectoryColumn) = (samplingTime, runs)
    (request.missing, request.rows) = (options.missing, rows.flatMap { RowRange($0) })
    (request.minutes, request.members) = (minutes, members)
    request.cores = max(1, ProcessInfo.processInfo.activeProcessorCount)
    return request
  }

  /// Asks on a terminal for what isn't known.
  private func composed(_ request: NewStudy.Request, _ survey: TableSurvey) throws -> NewStudy {
    var request = request
    while true {
      do {
        return try NewStudy(request, survey)
      } catch {
        guard isatty(STDIN_FILENO) == 1, Console.isTerminal else { throw error }
        Console.note("\(error)")
        Console.draw([.line("> ")])
        guard let answer = readLine(), !answer.isEmpty else { throw error }
        switch error {
        case .outputs: request.outputs = NameList.names(answer)
        case .samplingTime: request.samplingTime = Double(answer)
        case .columns: throw error
        }
      }
    }
  }

  /// A study's name from the file's: lower-case letters, digits and hyphens.
  private static func name(_ path: String) -> String {
    let base = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent.lowercased()
    let name = String(
      base.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }.drop { $0 == "-" }.prefix(64))
    return name.isEmpty ? "study" : name
  }
}
