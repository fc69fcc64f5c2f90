import EnsembleStudies
import ArgumentParser
import Foundation
import HostResources
import Logging
import QueueProtocol
import QueueWorker
import SparseNetworks
import StudyRunning
import ZeroMQ

struct WorkerCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker",
    abstract: "Runs the jobs of a coordinator on this host: each worker process one at a time, on one core.",
    discussion: """
      `potline run` starts workers of its own. On SIGTERM or SIGINT a worker hands its job back with a checkpoint and \
      leaves within 3 s; a second signal, at least a second later, ends it immediately. The command supervises its \
      processes, even a single one: it replaces a process that crashes or is killed, tells the coordinator (a job that ends three \
      processes is set aside), and all end with it. Ctrl-Z stops the processes, too. Workers keep training while the \
      coordinator is down, and keep their jobs when it restarts.

      EXIT STATUS: 0 the worker left in order, 64 wrong options, 65 a connection file that can't be used, 70 no coordinator, \
      71 refused, 72 a job did not stop, 73 the worker could not start, 74 a second signal.
      """)

  @Option(
    help: ArgumentHelp(
      "Connection file of the coordinator; - for standard input, up to its end or an empty line (default: "
        + "$POTLINE_CONNECTION).", valueName: "file"))
  var connection: String?

  @Option(
    help: ArgumentHelp(
      "Address of the coordinator, such as tcp://127.0.0.1:5555, instead of a connection file.",
      valueName: "address"))
  var coordinator: String?

  @Option(
    help: ArgumentHelp(
      "Number of worker processes (default: as many as it has processors to use: see `potline --version --verbose`).",
      valueName: "count"))
  var processes: Int?

  @Option(
    help: ArgumentHelp(
      "Folder for datasets; workers of a host may share it (default: potline/datasets in $XDG_CACHE_HOME, or in $HOME/.cache, or without a home in a folder of the user's own in $TMPDIR or /tmp).",
      valueName: "folder"))
  var datasets: String?

  @Option(
    help: ArgumentHelp("Jobs after which each process leaves (default: no limit).", valueName: "count"))
  var maxJobs: Int?

  @Option(
    help: ArgumentHelp("Leave after this time without a job (default: never).", valueName: "seconds"))
  var idleExit: Double?

  @Option(
    help: ArgumentHelp(
      "Hand the job back and leave before this time has passed; take no new job shortly before (default: no limit).",
      valueName: "seconds"))
  var timeLimit: Double?

  @Option(help: ArgumentHelp("Leave after this time without a coordinator.", valueName: "seconds"))
  var coordinatorTimeout = 60.0

  @Flag(help: "Speak without keys with a coordinator on another host that uses none (default: off).")
  var insecure = false

  @Option(
    help: ArgumentHelp(
      "Leave when standard input ends or is silent for this time (default: standard input is ignored).",
      valueName: "seconds"))
  var lifeline: Double?

  @Flag(
    help:
      "Be one process that leaves when standard input ends, as it does when its supervisor does (default: off)."
  )
  var supervised = false

  @Flag(
    help:
      "Train in this process, without a supervisor beside it: if it is killed, nobody replaces it or counts that against the job (default: off)."
  )
  var noSupervisor = false

  func validate() throws {
    if coordinator != nil, connection != nil {
      throw ValidationError("--coordinator or --connection, not both")
    }
    if supervised, lifeline != nil { throw ValidationError("--supervised or --lifeline, not both") }
    if noSupervisor, supervised || lifeline != nil || processes ?? 1 > 1 {
      throw ValidationError("--no-supervisor is for one process, without --supervised and --lifeline")
    }
    if let processes, !(1...1024).contains(processes) {
      throw ValidationError("--processes must be 1 to 1024")
    }
    if let maxJobs, maxJobs < 1 { throw ValidationError("--max-jobs must be at least 1") }
    for (name, value) in [
      ("--idle-exit", idleExit), ("--time-limit", timeLimit), ("--coordinator-timeout", coordinatorTimeout),
      ("--lifeline", lifeline),
    ] {
      if let value, !(value > 0 && value <= 1e9) {
        throw ValidationError("\(name) must be more than 0 and at most 1000000000 seconds")
      }
    }
  }

  func perform() throws {
    let resources = HostResources.current
    let isSupervisor = !supervised && !noSupervisor
    let count = isSupervisor ? processes ?? resources.processors : 1
    LoggingSystem.bootstrap { _ in ConsoleLog(prefix: isSupervisor ? "potline" : "worker \(getpid())") }
    let log = Logger(label: "worker")
    if isSupervisor, processes == nil, resources.processorLimit != .host {
      Console.note(StudyPrinter.processes(count, limit: "\(resources.processorLimit)"))
    }
    let exit: WorkerExit
    do {
      let (address, security, file) = try address()
      if isSupervisor {
        do {
          let passed = try isFromInput ? file?.memoryFile() : nil
          exit = try WorkerSupervision(
            arguments: arguments(), count: count, file: passed,
            lifeline: lifeline.map { Lifeline(patience: .milliseconds(Int64($0 * 1000))) },
            timeLimit: timing.timeLimit.map { $0 - timing.margin(of: $0) }, log: log
          ).run()
        } catch SupervisorError.cannotStart(_, let code) where count == 1 && lifeline == nil {
          // Under a limit of processes, or without /proc.
          log.warning(
            "no second process can be started (\(String(cString: strerror(code)))), so this one trains, without a supervisor"
          )
          exit = try work(address, security, log)
        }
      } else {
        exit = try work(address, security, log)
      }
    } catch let error where error is KeyFileError || error is CommandError {
      throw error
    } catch {
      log.error("\(error)")
      throw ExitCode(WorkerExit.cannotStart.rawValue)
    }
    // A supervised process has said why; its supervisor says how it ended.
    if exit != .left, !supervised { log.error("\(exit)") }
    // A job that doesn't stop may still run on its thread; the process ends all the same.
    Console.exit(exit.rawValue)
  }

  private func work(_ address: String, _ security: Security, _ log: Logger) throws -> WorkerExit {
    let kernels = try Kernels.selected()
    var configuration = Worker.Configuration(address: address)
    configuration.security = security
    // A supervisor's name for its process isn't for those that this one may have started.
    if !supervised { configuration.id = .random() }
    configuration.instructionSet = kernels.name
    configuration.version = Version.current
    configuration.jobFormat = TrainingJob.currentFormat
    // A folder that was named may be the coordinator's own store, from which nothing may go.
    configuration.cache =
      try datasets.map { try BlobCache(folder: $0, limitBytes: .max) } ?? BlobCache()
    configuration.isSupervised = supervised
    configuration.timing = timing
    let signals = try SignalWatcher()
    if var manager = ServiceManager(), !supervised { manager.isReady() }
    return try Worker(configuration, runner: TrainingJobRunner(kernels: kernels), log: log).run(
      signals: signals)
  }

  private var timing: WorkerCore.Settings {
    var timing = WorkerCore.Settings()
    timing.maximumJobs = maxJobs
    timing.idleExit = idleExit.map { .milliseconds(Int64($0 * 1000)) }
    timing.timeLimit = timeLimit.map { .milliseconds(Int64($0 * 1000)) }
    timing.coordinatorTimeout = .milliseconds(Int64(coordinatorTimeout * 1000))
    return timing
  }

  private var isFromInput: Bool { connection == "-" }

  private func address() throws -> (address: String, Security, file: ConnectionFile?) {
    if let coordinator { return (coordinator, insecure ? .insecure : .loopback, nil) }
    let path = try ConnectionOptions.path(connection)
    let file = try isFromInput ? ConnectionFile(fileDescriptor: STDIN_FILENO) : ConnectionFile(path: path)
    return (file.address, try file.security(as: .worker, isInsecure: insecure, path: path), file)
  }

  /// Of each supervised process.
  private func arguments() throws -> [String] {
    var arguments = ["worker", "--supervised"]
    if let datasets { arguments += ["--datasets", datasets] }
    if insecure { arguments.append("--insecure") }
    if let coordinator {
      arguments += ["--coordinator", coordinator]
    } else {
      // From a file in memory if it isn't on the disk.
      arguments += ["--connection", isFromInput ? "/proc/self/fd/3" : try ConnectionOptions.path(connection)]
    }
    if let maxJobs { arguments += ["--max-jobs", "\(maxJobs)"] }
    if let idleExit { arguments += ["--idle-exit", "\(idleExit)"] }
    if let timeLimit { arguments += ["--time-limit", "\(timeLimit)"] }
    return arguments + ["--coordinator-timeout", "\(coordinatorTimeout)"]
  }
}
