import ArgumentParser

/// The command line.
@main
struct Potline: ParsableCommand {
  static func main() {
    StandardFiles.prepare()
    main(nil)
  }

  static let configuration = CommandConfiguration(
    commandName: "potline",
    abstract: "Trains ensembles of sparse neural networks of dynamical systems.",
    discussion: """
      A study file names a dataset and the variants of a network to compare on it. Potline trains several members of \
      each from different initialisations, prunes them, tests their rolling forecasts, and reports statistics.

      \(ExitStatus.documentation)
      """,
    version: Version.current,
    subcommands: [
      RunCommand.self, ReportCommand.self, InspectCommand.self, ForecastCommand.self, SimulateCommand.self,
      StudyCommand.self, WorkerCommand.self, BenchCommand.self,
      BenchProcessCommand.self,
    ])
}
