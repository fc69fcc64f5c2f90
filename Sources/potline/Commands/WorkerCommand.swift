import ArgumentParser
import Foundation
import JobQueue
import Logging
import SparseNetworks

struct WorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker",
    abstract: "Runs the jobs of a coordinator on this host, one at a time on one core.",
    discussion: """
      `potline run` starts its workers by itself. A worker that gets SIGTERM or SIGINT hands its job back with a \
      checkpoint and leaves within 3 s; a second signal ends it at once. Without a coordinator it leaves after 60 s.

      EXIT STATUS: 0 it left as told, 70 no coordinator, 71 refused, 72 a job would not stop, 73 it could not start, \
      74 a second signal.
      """)

  @Option(
    help: ArgumentHelp(
      "Address of the coordinator, such as tcp://127.0.0.1:5555 (required).", valueName: "address"))
  var coordinator: String

  @Option(
    help: ArgumentHelp("Folder for datasets (required); workers of a host may share it.", valueName: "folder")
  )
  var datasets: String

  @Flag(help: "Leave when standard input ends, as it does when the supervisor does (default: off).")
  var supervised = false

  func run() throws {
    LoggingSystem.bootstrap { _ in ConsoleLog(prefix: "worker \(getpid())") }
    let log = Logger(label: "worker")
    let exit: WorkerExit
    do {
      let kernels = try Kernels.selected()
      var configuration = Worker.Configuration(address: coordinator)
      configuration.instructionSet = kernels.name
      configuration.version = Version.current
      // The folder may be the coordinator's own store, from which nothing may go.
      configuration.cache = try BlobCache(folder: datasets, limitBytes: .max)
      configuration.isSupervised = supervised
      let signals = try SignalWatcher()
      exit = try Worker(configuration, runner: TrainingJobRunner(kernels: kernels), log: log).run(
        signals: signals)
    } catch {
      log.error("\(error)")
      throw ExitCode(WorkerExit.cannotStart.rawValue)
    }
    if exit != .left { log.error("\(exit)") }
    // A job that doesn't stop may still run on its thread; the process ends all the same.
    Foundation.exit(exit.rawValue)
  }
}
