import Glibc
import QueueProtocol

/// A program to run as a worker.
package struct WorkerCommand: Sendable, Hashable {
  /// The executable's path. Default: this program itself.
  package var executable = "/proc/self/exe"
  /// The arguments, without the program's name.
  package var arguments: [String]
  /// Where its standard error (and output) goes: a file to append to, or `nil` for the supervisor's own.
  package var logFile: String?
  /// A file that the program gets as file descriptor 3, or `nil` for none.
  package var file: Int32?

  /// This program with these arguments.
  package init(
    executable: String = "/proc/self/exe", arguments: [String], logFile: String? = nil, file: Int32? = nil
  ) {
    (self.executable, self.arguments, self.logFile, self.file) = (executable, arguments, logFile, file)
  }
}

extension WorkerID {
  /// The environment variable by which a supervisor names its workers.
  static let environmentVariable = "POTLINE_WORKER_ID"

  /// The identity that a supervisor gave to this process; `nil` if none did.
  package static var fromEnvironment: WorkerID? {
    getenv(environmentVariable).flatMap { WorkerID(hex: String(cString: $0)) }
  }
}

/// A worker process of the supervisor. It must be reaped.
struct WorkerProcess {
  let id: WorkerID
  let started: SuspendingClock.Instant
  private let process: ChildProcess

  /// Starts the program with `standardInput` as its standard input.
  init(_ command: WorkerCommand, id: WorkerID, standardInput: Int32) throws(SupervisorError) {
    var log = STDERR_FILENO
    if let logFile = command.logFile {
      log = open(logFile, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
      guard log >= 0 else { throw .cannotStart(executable: logFile, code: errno) }
    }
    defer { if log != STDERR_FILENO { close(log) } }
    var files = [(ours: standardInput, its: STDIN_FILENO), (log, STDOUT_FILENO), (log, STDERR_FILENO)]
    if let file = command.file { files.append((file, 3)) }
    process = try ChildProcess(
      command.executable, name: command.executable == "/proc/self/exe" ? CommandLine.arguments[0] : nil,
      arguments: command.arguments, environment: [WorkerID.environmentVariable: id.hex], files: files)
    (self.id, started) = (id, .now)
  }

  var pid: pid_t { process.pid }

  /// How it ended, if it did; it is reaped then and its process id means nothing any more.
  func reap(waiting: Bool = false) -> ProcessStatus? { process.reap(waiting: waiting) }

  func send(_ signal: Int32) { process.send(signal) }
}
