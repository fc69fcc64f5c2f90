import Glibc
import QueueProtocol

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
  ///   - name: What it is told as its own name. Default: `executable`.
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
