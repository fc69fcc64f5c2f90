import ArgumentParser
import Foundation
import JobQueue
import Logging
import SparseNetworks

struct WorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker",
    abstract: "Runs the jobs of a coordinator on this host: each worker process one at a time, on one core.",
    discussion: """
      `potline run` starts its workers by itself. A worker that gets SIGTERM or SIGINT hands its job back with a \
      checkpoint and leaves within 3 s; a second signal ends it at once. With several processes the command watches them: \
      one that crashed is replaced, and all end with it. They go on when the coordinator is killed, and keep their jobs \
      when it is started again.

      EXIT STATUS: 0 it left as told, 70 no coordinator, 71 refused, 72 a job would not stop, 73 it could not start, \
      74 a second signal.
      """)

  @Option(
    help: ArgumentHelp(
      "Connection file of the coordinator (default: $POTLINE_CONNECTION).", valueName: "file"))
  var connection: String?

  @Option(
    help: ArgumentHelp(
      "Address of the coordinator, such as tcp://127.0.0.1:5555, instead of a connection file.",
      valueName: "address"))
  var coordinator: String?

  @Option(
    help: ArgumentHelp("Number of worker processes (default: the number of cores).", valueName: "count"))
  var processes: Int?

  @Option(
    help: ArgumentHelp(
      "Folder for datasets; workers of a host may share it (default: potline/datasets in $XDG_CACHE_HOME or ~/.cache).",
      valueName: "folder"))
  var datasets: String?

  @Option(
    help: ArgumentHelp("Leave after so many jobs, each process (default: no limit).", valueName: "count"))
  var maxJobs: Int?

  @Option(
    help: ArgumentHelp("Leave after so many seconds without a job (default: never).", valueName: "seconds"))
  var idleExit: Double?

  @Option(
    help: ArgumentHelp(
      "Hand the job back and leave before so many seconds have passed, and take no job shortly before (default: no limit).",
      valueName: "seconds"))
  var timeLimit: Double?

  @Option(help: ArgumentHelp("Leave after so many seconds without a coordinator.", valueName: "seconds"))
  var coordinatorTimeout = 60.0

  @Flag(
    help:
      "Be one process that leaves when standard input ends, as it does when its supervisor does (default: off)."
  )
  var supervised = false

  func validate() throws {
    if coordinator != nil, connection != nil {
      throw ValidationError("--coordinator or --connection, not both")
    }
    if let processes, !(1...1024).contains(processes) {
      throw ValidationError("--processes must be 1 to 1024")
    }
    if let maxJobs, maxJobs < 1 { throw ValidationError("--max-jobs must be at least 1") }
    for (name, value) in [
      ("--idle-exit", idleExit), ("--time-limit", timeLimit), ("--coordinator-timeout", coordinatorTimeout),
    ] {
      if let value, !(value > 0 && value <= 1e9) {
        throw ValidationError("\(name) must be more than 0 seconds")
      }
    }
  }

  func run() throws {
    let count = supervised ? 1 : processes ?? ProcessInfo.processInfo.activeProcessorCount
    let isSupervisor = count > 1
    LoggingSystem.bootstrap { _ in ConsoleLog(prefix: isSupervisor ? "potline" : "worker \(getpid())") }
    let log = Logger(label: "worker")
    let exit: WorkerExit
    do {
      let address = try address()
      exit =
        isSupervisor
        ? try WorkerSupervision(arguments: arguments(address), count: count, log: log).run()
        : try work(address, log)
    } catch let code as ExitCode {
      throw code
    } catch {
      log.error("\(error)")
      throw ExitCode(WorkerExit.cannotStart.rawValue)
    }
    if exit != .left { log.error("\(exit)") }
    // A job that doesn't stop may still run on its thread; the process ends all the same.
    Foundation.exit(exit.rawValue)
  }

  private func work(_ address: String, _ log: Logger) throws -> WorkerExit {
    let kernels = try Kernels.selected()
    var configuration = Worker.Configuration(address: address)
    configuration.instructionSet = kernels.name
    configuration.version = Version.current
    configuration.cache = try BlobStore(folder: folder())
    configuration.isSupervised = supervised
    configuration.timing.maximumJobs = maxJobs
    configuration.timing.idleExit = idleExit.map { .milliseconds(Int64($0 * 1000)) }
    configuration.timing.timeLimit = timeLimit.map { .milliseconds(Int64($0 * 1000)) }
    configuration.timing.coordinatorTimeout = .milliseconds(Int64(coordinatorTimeout * 1000))
    let signals = try SignalWatcher()
    return try Worker(configuration, runner: TrainingJobRunner(kernels: kernels), log: log).run(
      signals: signals)
  }

  private func address() throws -> String {
    if let coordinator { return coordinator }
    do {
      return try ConnectionFile(path: ConnectionOptions.path(connection)).address
    } catch let error as ConnectionFileError {
      throw ExitStatus.badInput.refuse(error)
    }
  }

  /// Of each supervised process.
  private func arguments(_ address: String) throws -> [String] {
    var arguments = ["worker", "--supervised", "--datasets", try folder()]
    if let coordinator {
      arguments += ["--coordinator", coordinator]
    } else {
      arguments += ["--connection", try ConnectionOptions.path(connection)]
    }
    if let maxJobs { arguments += ["--max-jobs", "\(maxJobs)"] }
    if let idleExit { arguments += ["--idle-exit", "\(idleExit)"] }
    if let timeLimit { arguments += ["--time-limit", "\(timeLimit)"] }
    return arguments + ["--coordinator-timeout", "\(coordinatorTimeout)"]
  }

  private func folder() throws -> String {
    if let datasets { return datasets }
    let environment = ProcessInfo.processInfo.environment
    let cache =
      environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? NSHomeDirectory() + "/.cache"
    let folder = cache + "/potline/datasets"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return folder
  }
}
