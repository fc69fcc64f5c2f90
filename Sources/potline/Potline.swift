import ArgumentParser
import Foundation

/// The command line.
@main
struct Potline: ParsableCommand {
  static func main() {
    Console.prepare()
    // The help's layout fails on a narrower terminal, and takes the width from here.
    setenv("COLUMNS", "\(Console.helpWidth)", 1)
    do {
      if Set(CommandLine.arguments.dropFirst()) == ["--version", "--verbose"] {
        var command = VersionDetails()
        try command.run()
      } else {
        var command = try parseAsRoot()
        try command.run()
      }
    } catch {
      // Help, the version, a wrong option or the status of a command.
      let (text, code) = (fullMessage(for: error), exitCode(for: error))
      if !text.isEmpty { code.isSuccess ? Console.data(text + "\n") : Console.note(text) }
      Console.exit(code.rawValue)
    }
    Console.exit(0)
  }

  private struct VersionDetails: ReportingCommand {
    func perform() throws { Console.result(try Version.details()) }
  }

  static let configuration = CommandConfiguration(
    commandName: "potline",
    abstract: "Trains ensembles of sparse neural networks of dynamical systems.",
    discussion: """
      A study file names a dataset and the variants of a network to compare on it. Potline trains several members of \
      each from different initialisations, prunes them, tests their rolling forecasts, and reports statistics.

      --version --verbose also prints the kernels in use (POTLINE_KERNELS chooses others), and the processors and the memory \
      that this process may use, with what limits them.

      \(ExitStatus.documentation)
      """,
    version: Version.current,
    subcommands: [
      RunCommand.self, ReportCommand.self, InspectCommand.self, ForecastCommand.self, SimulateCommand.self,
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
