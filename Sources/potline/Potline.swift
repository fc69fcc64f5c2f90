import ArgumentParser

/// The command line.
@main
struct Potline: ParsableCommand {
  static func main() {
    Console.prepare()
    if Set(CommandLine.arguments.dropFirst()) == ["--version", "--verbose"] { printDetails() }
    main(nil)
  }

  private static func printDetails() -> Never {
    do {
      print(try Version.details())
    } catch {
      exit(withError: ExitStatus.exit(reporting: error))
    }
    exit(withError: nil)
  }

  static let configuration = CommandConfiguration(
    commandName: "potline",
    abstract: "Trains ensembles of sparse neural networks of dynamical systems.",
    discussion: """
      A study file names a dataset and the variants of a network to compare on it. Potline trains several members of \
      each from different initialisations, prunes them, tests their rolling forecasts, and reports statistics.

      --version --verbose also prints the kernels in use (POTLINE_KERNELS chooses others).

      \(ExitStatus.documentation)
      """,
    version: Version.current,
    subcommands: [
      DataCommand.self, NewCommand.self, RunCommand.self, ReportCommand.self, InspectCommand.self,
      ForecastCommand.self, SimulateCommand.self,
      StudyCommand.self, BenchCommand.self, BenchProcessCommand.self,
    ],
    groupedSubcommands: [
      CommandGroup(
        name: "Many hosts",
        subcommands: [
          CoordinatorCommand.self, WorkerCommand.self, LaunchCommand.self, SubmitCommand.self,
          StatusCommand.self, WaitCommand.self,
          ResultsCommand.self, CancelCommand.self, RetryCommand.self, WorkersCommand.self,
          KeygenCommand.self,
        ]),
      CommandGroup(name: "No coordinator", subcommands: [JobCommand.self, CollectCommand.self]),
    ])
}
