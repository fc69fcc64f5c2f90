import ArgumentParser
import Logging
import StudyRunning

struct RunCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs a study on this machine: trains all members, prints and writes the statistics.",
    discussion: """
      Writes to the output folder: study.yaml (every default filled in), members/*.safetensors, members.csv, \
      statistics.json, ensembles.json; run the same command again to resume after a stop: journal/ and datasets/ keep the \
      finished members. The results depend on the study alone, not on --processes or on stops.

      With --listen, `potline worker --connection FILE` on other hosts trains members, too, and `potline status` and \
      `workers` with the same file show the progress.
      """)

  @Argument(help: "A bundled study's name (see `potline study list`), or the path of a study file.")
  var study: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Output folder (default: results/NAME, NAME being the study's).", valueName: "folder"))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Number of worker processes here, 0 only with --listen (default: as many as processors and memory allow: see `potline --version --verbose`).",
      valueName: "count"))
  var processes: Int?

  @OptionGroup var options: StudyOptions

  @Option(
    help: ArgumentHelp(
      "Share of members, 0 to 1, that a second worker process trains too, to compare the results.",
      valueName: "fraction"))
  var audit = 0.0

  @OptionGroup var statusPage: StatusPageOptions

  @OptionGroup(title: "WORKERS ON OTHER HOSTS") var sharing: SharingOptions

  @Flag(help: "Print the statistics as JSON instead of tables (default: tables).")
  var json = false

  @Flag(help: "Print no progress and no tables, only errors (default: off).")
  var quiet = false

  func validate() throws {
    if output?.isEmpty == true { throw ValidationError("--output needs the name of a folder") }
    let fewest = sharing.listen == nil ? 1 : 0
    if let processes, !(fewest...1024).contains(processes) {
      throw ValidationError("--processes must be \(fewest) to 1024")
    }
    guard (0...1).contains(audit) else { throw ValidationError("--audit must be 0 to 1") }
  }

  func perform() throws {
    LoggingSystem.bootstrap { _ in ConsoleLog(prefix: "potline") }
    let source = try options.source(study, isQuiet: quiet)
    let folder = output ?? "results/\(source.study.name)"
    var configuration = StudyRun.Configuration(folder: folder, version: Version.current)
    configuration.processes = processes
    configuration.audit = audit
    configuration.sharing = sharing.configuration(folder: folder)
    configuration.statusPage = statusPage.configuration
    let printer = StudyPrinter(isQuiet: quiet)
    let statistics = try StudyRun(source, configuration, events: printer.show).run()
    try printer.show(statistics, writtenTo: folder, asJSON: json, scale: options.scale)
    try StudyPrinter.checkMembers(statistics)
  }
}
