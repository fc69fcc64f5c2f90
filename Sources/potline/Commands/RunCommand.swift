import ArgumentParser
import EnsembleStudies
import Logging
import QueueProtocol

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs a study on this machine: trains all members, prints and writes the statistics.",
    discussion: """
      Writes to the output folder: study.yaml (every default filled in), members/*.safetensors, members.csv, \
      statistics.json; journal/ and datasets/ let the same command go on after a stop, without training a finished \
      member again. The results depend on the study alone, not on --processes or on what was stopped and continued.

      With --listen, `potline worker --connection FILE` on other hosts helps, and `potline status` and `workers` with the same \
      file tell how far it is.
      """)

  @Argument(help: "A bundled study's name (see `potline study list`), or the path of a study file.")
  var study: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Output folder (default: results/NAME, NAME being the study's).", valueName: "folder"))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Number of worker processes here, 0 only with --listen (default: the number of cores).",
      valueName: "count"))
  var processes: Int?

  @Option(help: "Seed of the study (default: the study file's).")
  var seed: UInt64?

  @Option(
    help: ArgumentHelp(
      "Share of members, 0 to 1, that a second worker process trains too, to compare the results.",
      valueName: "fraction"))
  var audit = 0.0

  @Option(
    help: ArgumentHelp(
      "Fraction of the members (at least 2) and of the training length (at least 1 epoch), for a quick look "
        + "(default: 1).", valueName: "fraction"))
  var scale: Double?

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
    if let scale, !(scale > 0 && scale <= 1) {
      throw ValidationError("--scale must be greater than 0 and at most 1, for example 0.1")
    }
  }

  func run() throws {
    LoggingSystem.bootstrap { _ in ConsoleLog(prefix: "potline") }
    let source = try StudySource(study, seed: seed, scale: scale)
    if let scale, !quiet {
      Console.note(
        "potline: a quick look, not the study: \(scale) times its members (at least 2) and training length")
    }
    let folder = output ?? "results/\(source.study.name)"
    let run = StudyRun(
      source: source, folder: folder, processes: processes, audit: audit,
      sharing: sharing.configuration(folder: folder), isQuiet: quiet, statusPage: statusPage)
    let statistics = try run.run()
    if json {
      Console.result(String(decoding: try statistics.json(), as: UTF8.self))
    } else if !quiet {
      Console.result("\n" + StatisticsTable.comparison(statistics))
      for path in statistics.penaltyPaths ?? [] {
        Console.result("\n" + StatisticsTable.path(path))
      }
      for variant in statistics.variants {
        Console.result("\n" + StatisticsTable.features(of: variant, in: statistics))
      }
      Console.result(
        (scale.map { "\nScale \($0): fewer members and shorter training than the study's." } ?? "")
          + "\nWritten to \(run.folder): members/*.safetensors, members.csv, statistics.json, study.yaml")
    }
    if statistics.variants.contains(where: { !$0.failures.isEmpty }) {
      throw ExitCode(ExitStatus.membersFailed.rawValue)
    }
  }
}
