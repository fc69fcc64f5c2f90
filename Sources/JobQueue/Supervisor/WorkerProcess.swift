import Glibc

/// A program to run as a worker.
public struct WorkerCommand: Sendable, Hashable {
  /// The executable's path. Default: this program itself.
  public var executable = "/proc/self/exe"
  /// The arguments, without the program's name.
  public var arguments: [String]
  /// Where its standard error (and output) goes: a file to append to, or `nil` for the supervisor's own.
  public var logFile: String?

  /// This program with these arguments.
  public init(executable: String = "/proc/self/exe", arguments: [String], logFile: String? = nil) {
    (self.executable, self.arguments, self.logFile) = (executable, arguments, logFile)
  }
}

extension WorkerID {
  /// The environment variable by which a supervisor names its workers.
  static let environmentVariable = "POTLINE_WORKER_ID"

  /// The identity that a supervisor gave to this process; `nil` if none did.
  public static var fromEnvironment: WorkerID? {
    getenv(environmentVariable).flatMap { WorkerID(hex: String(cString: $0)) }
  }
}

/// A child process of the supervisor. It must be reaped.
struct WorkerProcess {
  let id: WorkerID
  let pid: pid_t
  let started: SuspendingClock.Instant

  /// Starts the program: no signal blocked or ignored, in a process group of its own (a Ctrl-C at the terminal reaches
  /// the supervisor alone, which then stops its workers in order), and `standardInput` as its standard input. Other files
  /// of ours are opened so that they close by themselves.
  init(_ command: WorkerCommand, id: WorkerID, standardInput: Int32) throws(SupervisorError) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, standardInput, 0)
    if let logFile = command.logFile {
      posix_spawn_file_actions_addopen(&actions, 2, logFile, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    }
    posix_spawn_file_actions_adddup2(&actions, 2, 1)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

    let name = command.executable == "/proc/self/exe" ? CommandLine.arguments[0] : command.executable
    let arguments = CStrings([name] + command.arguments)
    let environment = CStrings(Self.environment(for: id))
    var pid: pid_t = 0
    let code = posix_spawn(
      &pid, command.executable, &actions, &attributes, arguments.pointers, environment.pointers)
    guard code == 0 else { throw .cannotStart(executable: command.executable, code: code) }
    (self.id, self.pid, started) = (id, pid, .now)
  }

  /// How it ended, if it did; it is reaped then and its process id means nothing any more.
  func reap(waiting: Bool = false) -> ProcessStatus? {
    var status: Int32 = 0
    while true {
      let result = waitpid(pid, &status, waiting ? 0 : WNOHANG)
      if result == pid { return ProcessStatus(waitStatus: status) }
      if result == 0 { return nil }
      // Somebody else reaped it: how it ended cannot be known.
      if errno != EINTR { return .exited(WorkerExit.left.rawValue) }
    }
  }

  func send(_ signal: Int32) { kill(pid, signal) }

  private static func environment(for id: WorkerID) -> [String] {
    var all: [String] = []
    var place = environ
    while let entry = place.pointee {
      let text = String(cString: entry)
      if !text.hasPrefix(WorkerID.environmentVariable + "=") { all.append(text) }
      place += 1
    }
    return all + ["\(WorkerID.environmentVariable)=\(id.hex)"]
  }
}

/// Strings as C takes them: pointers that live as long as this, and a null at the end.
private final class CStrings {
  let pointers: [UnsafeMutablePointer<CChar>?]

  init(_ strings: [String]) { pointers = strings.map { strdup($0) } + [nil] }

  deinit { for pointer in pointers { free(pointer) } }
}
