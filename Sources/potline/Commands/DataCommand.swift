import ArgumentParser
import Foundation
import StudyFiles
import StudyReports
import StudyRunning
import TextFormatting
import TrajectoryData

struct DataCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Shows what Potline sees in data files: dialect, columns, times, gaps.",
    discussion: """
      Reads each file once, in bounded memory. For each column: unit, values, missing, range, mean, deviation, resolution \
      (the step of which all values are multiples), share of repeated values, and the ratio of signal to noise (noise as in \
      second differences of the first rows). With --outputs also the delay at which each other column is correlated most \
      with each output. Whatever a study can't use is refused with file, line, column and remedy.
      """)

  @Argument(help: ArgumentHelp("Files, folders of .csv files, or patterns.", valueName: "file"))
  var files: [String]

  @Option(
    help: ArgumentHelp("Columns to be predicted, separated by commas (default: none).", valueName: "columns"))
  var outputs: String?

  @OptionGroup var options: DataOptions

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Also write FOLDER/data.html with the signals drawn (default: no page).", valueName: "folder"))
  var output: String?

  @Flag(help: "Print a JSON array with an object a file instead of text (default: off).")
  var json = false

  func validate() throws { try options.validate() }

  func perform() throws {
    let surveys = try categorized(.badInput) { () -> [TableSurvey] in
      try DatasetPaths.files(files, relativeTo: FileManager.default.currentDirectoryPath).map { file in
        let bar = ReadingBar(file)
        defer { bar.finish() }
        return try TableSurvey(
          file, missing: options.missing, time: options.time, outputs: NameList.names(outputs ?? ""),
          progress: bar.show)
      }
    }
    if json {
      try Console.json(surveys)
    } else {
      Console.result(surveys.map { $0.text(width: Console.width) }.joined(separator: "\n\n"))
    }
    guard let output else { return }
    let (page, notes) = try categorized(.output) { try DataPage(surveys).write(to: output) }
    notes.forEach { Console.error($0) }
    if !json { Console.result("\n\(page)") }
  }
}

/// What is known of data files.
struct DataOptions: ParsableArguments {
  // Negative numbers are values here, not options.
  @Option(
    name: .customLong("missing"), parsing: .unconditional,
    help: ArgumentHelp(
      "Numbers and words that mark missing values, separated by commas (default: none besides empty, NaN, NA, null).",
      valueName: "markers"))
  var missingText: String?

  @Option(
    name: .customLong("time"),
    help: ArgumentHelp("Column of times (default: recognised).", valueName: "column"))
  var timeColumn: String?

  @Option(
    help: ArgumentHelp(
      "Column of times of day, beside --time with the date (default: none).", valueName: "column"))
  var clock: String?

  @Option(
    help: ArgumentHelp(
      "number, iso, or a pattern such as 'dd/MM/yyyy HH:mm:ss' (default: recognised).", valueName: "pattern"))
  var timeFormat: String?

  @Option(
    help: ArgumentHelp(
      "Unit of times that are numbers: ns, us, ms, s, min, h, d or a (default: s).", valueName: "unit"))
  var timeUnit: String?

  var missing: [String] { NameList.names(missingText ?? "") }

  var time: TimeColumn? {
    timeColumn.map {
      TimeColumn(
        $0, clock: clock, unit: timeUnit.flatMap(TimeColumn.Unit.init(rawValue:)) ?? .seconds,
        format: timeFormat)
    }
  }

  func validate() throws {
    if timeColumn == nil, clock != nil || timeFormat != nil || timeUnit != nil {
      throw ValidationError("--clock, --time-format and --time-unit need --time with the column")
    }
    if let timeUnit, TimeColumn.Unit(rawValue: timeUnit) == nil {
      let units = TimeColumn.Unit.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--time-unit: expected one of \(units); got '\(timeUnit)'")
    }
  }
}

/// Names separated by commas; a name with a comma stands in double quotes.
enum NameList {
  static func names(_ text: String) -> [String] {
    var names: [String] = []
    var name = ""
    var isQuoted = false
    for character in text {
      if character == "\"" {
        isQuoted.toggle()
      } else if character == ",", !isQuoted {
        names.append(name)
        name = ""
      } else {
        name.append(character)
      }
    }
    return (names + [name]).map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }
}

/// How far the reading of a large file is, on a terminal.
private final class ReadingBar {
  private let name: String
  private var shown = -1

  init(_ path: String) { name = URL(fileURLWithPath: path).lastPathComponent }

  func show(_ share: Double) {
    let percent = Int(100 * share)
    guard Console.isTerminal, percent > shown else { return }
    // Small files are read before a bar could be seen.
    if shown >= 0 || percent < 50 {
      Console.draw([.control(.lineStart), .control(.clearToLineEnd), .line("\(name): \(percent) %")])
    }
    shown = percent
  }

  func finish() { if shown >= 0 { Console.draw([.control(.lineStart), .control(.clearToLineEnd)]) } }
}
