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

extension ReplacedWorker {
  /// The environment variable by which a supervisor tells a process of the one that it replaces, if that failed.
  static let environmentVariable = "POTLINE_REPLACES"

  static var fromEnvironment: ReplacedWorker? {
    getenv(environmentVariable).flatMap { ReplacedWorker(String(cString: $0)) }
  }
}

/// A worker process of the supervisor. It must be reaped.
struct WorkerProcess {
  let id: WorkerID
  let started: SuspendingClock.Instant
  private let process: ChildProcess

  /// Starts the program with `standardInput` as its standard input; `replaced` is the worker in whose place it comes, if
  /// that failed.
  init(
    _ command: WorkerCommand, id: WorkerID, replaced: ReplacedWorker?, standardInput: Int32
  ) throws(SupervisorError) {
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
      arguments: command.arguments,
      environment: [
        WorkerID.environmentVariable: id.hex,
        ReplacedWorker.environmentVariable: replaced?.description ?? "",
      ],
      files: files)
    (self.id, started) = (id, .now)
  }

  var pid: pid_t { process.pid }

  /// How it ended, if it did; it is reaped then and its process id means nothing any more.
  func reap(waiting: Bool = false) -> ProcessStatus? { process.reap(waiting: waiting) }

  func send(_ signal: Int32) { process.send(signal) }
}

/// A child process. It must be reaped.
package struct ChildProcess: Hashable, Sendable {
  /// Its process id; it means nothing any more once `reap` has told how the process ended.
  package let pid: pid_t

  /// Starts a program: no signal blocked or ignored, and in a process group of its own (a Ctrl-C at the terminal reaches
  /// this process alone, which then stops its children in order). It gets the files in `files` and no others of ours that
  /// were opened so that they close by themselves.
  ///
  /// - Parameters:
  ///   - executable: Its path, or a name to look for in PATH.
  ///   - name: Its `argv[0]`. Default: `executable`.
  ///   - arguments: The arguments, without the name.
  ///   - environment: Variables to set, besides those of this process.
  ///   - files: Our file descriptors and which ones they are to the program, taken in this order; a later one must not be
  ///     the target of an earlier one.
  /// - Throws: `SupervisorError.cannotStart`.
  package init(
    _ executable: String, name: String? = nil, arguments: [String], environment: [String: String] = [:],
    files: [(ours: Int32, its: Int32)]
  ) throws(SupervisorError) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for file in files { posix_spawn_file_actions_adddup2(&actions, file.ours, file.its) }

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

    let arguments = CStrings([name ?? executable] + arguments)
    let environment = CStrings(Self.environment(with: environment))
    var pid: pid_t = 0
    let code = posix_spawnp(
      &pid, executable, &actions, &attributes, arguments.pointers, environment.pointers)
    guard code == 0 else { throw .cannotStart(executable: executable, code: code) }
    self.pid = pid
  }

  /// How it ended, if it did; it is reaped then.
  package func reap(waiting: Bool = false) -> ProcessStatus? {
    var status: Int32 = 0
    while true {
      let result = waitpid(pid, &status, waiting ? 0 : WNOHANG)
      if result == pid { return ProcessStatus(waitStatus: status) }
      if result == 0 { return nil }
      // Somebody else reaped it: how it ended cannot be known.
      if errno != EINTR { return .exited(WorkerExit.left.rawValue) }
    }
  }

  /// Sends it a signal.
  package func send(_ signal: Int32) { kill(pid, signal) }

  private static func environment(with more: [String: String]) -> [String] {
    var all: [String] = []
    var place = environ
    while let entry = place.pointee {
      let text = String(cString: entry)
      if !more.keys.contains(where: { text.hasPrefix($0 + "=") }) { all.append(text) }
      place += 1
    }
    return all + more.map { "\($0)=\($1)" }
  }
}

/// Strings as C takes them: pointers that live as long as this, and a null at the end.
private final class CStrings {
  let pointers: [UnsafeMutablePointer<CChar>?]

  init(_ strings: [String]) { pointers = strings.map { strdup($0) } + [nil] }

  deinit { for pointer in pointers { free(pointer) } }
}

/// Standard input as a sign that whoever started this process, perhaps from another host, is still there: it must not end,
/// and bring something (whatever it is) now and then.
package struct Lifeline: Sendable {
  /// The longest silence.
  package let patience: Duration
  private let fileDescriptor: Int32
  private var lastSign = SuspendingClock.now
  private var hasEnded = false

  /// Begins to watch; the first silence starts now.
  package init(patience: Duration, fileDescriptor: Int32 = STDIN_FILENO) {
    (self.patience, self.fileDescriptor) = (patience, fileDescriptor)
  }

  /// Reads what has come, without waiting; to be called several times a second.
  ///
  /// - Returns: Why the other end seems to be gone; `nil` while it is there.
  package mutating func loss() -> String? {
    while !hasEnded {
      var item = pollfd(fd: fileDescriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&item, 1, 0) > 0 else { break }
      var bytes = [UInt8](repeating: 0, count: 256)
      let count = read(fileDescriptor, &bytes, bytes.count)
      if count < 0, errno == EINTR || errno == EAGAIN { break }
      hasEnded = count <= 0
      lastSign = .now
    }
    if hasEnded { return "standard input has ended" }
    return SuspendingClock.now - lastSign > patience ? "standard input was silent for \(patience)" : nil
  }
}
