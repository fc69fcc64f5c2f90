import Glibc

/// A program of the host that is run to its end, without standard input.
///
/// `Foundation.Process` can't start anything where fewer than 256 files may be open (`ulimit -n`).
package struct ProgramRun: Sendable {
  /// What it wrote and how it ended.
  package struct Result: Sendable {
    /// The beginning of its standard output.
    package let output: String
    /// The end of its standard error.
    package let errors: String
    /// Its exit status; nil if a signal ended it.
    package let exitStatus: Int32?
  }

  /// A program that can't be started.
  package struct StartError: Error, Hashable, CustomStringConvertible {
    package let code: Int32
    /// `No such file or directory`
    package var description: String { String(cString: strerror(code)) }
  }

  private let executable: String
  private let arguments: [String]
  private let environment: [String: String]
  private let folder: String?

  /// - Parameters:
  ///   - executable: Its path.
  ///   - arguments: Its arguments, without its name.
  ///   - environment: All of its environment.
  ///   - folder: Its current folder. Default: that of this process.
  package init(
    _ executable: String, _ arguments: [String], environment: [String: String], folder: String? = nil
  ) {
    (self.executable, self.arguments) = (executable, arguments)
    (self.environment, self.folder) = (environment, folder)
  }

  /// Runs it to its end.
  ///
  /// - Parameter keptBytes: How many bytes are kept of standard output and of standard error.
  package func run(keptBytes: Int = 1 << 20) throws(StartError) -> Result {
    let output = try Self.makePipe()
    let errors: (read: Int32, write: Int32)
    do {
      errors = try Self.makePipe()
    } catch {
      for file in [output.read, output.write] { close(file) }
      throw error
    }
    defer { for file in [output.read, errors.read] { close(file) } }
    let (pid, code) = start(output.write, errors.write)
    for file in [output.write, errors.write] { close(file) }
    guard code == 0 else { throw StartError(code: code) }
    let texts = Self.read(output.read, errors.read, keptBytes: keptBytes)
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    return Result(
      output: texts.output, errors: texts.errors, exitStatus: status & 0x7F == 0 ? status >> 8 & 0xFF : nil)
  }

  private static func makePipe() throws(StartError) -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw StartError(code: errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  private func start(_ output: Int32, _ errors: Int32) -> (pid: pid_t, code: Int32) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // This process ignores some signals, and the program must not.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    // A file that may not grow is an error of the program's, not its end.
    sigdelset(&signals, SIGXFSZ)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    // Swift can't see the function that changes the folder for a new process.
    let command = folder.map { ["/bin/sh", "-c", #"cd "$0" && exec "$@""#, $0] } ?? []
    let words = (command + [executable] + arguments).map { strdup($0) } + [nil]
    let variables = environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in words + variables { free(text) } }
    var pid: pid_t = 0
    let code = posix_spawn(&pid, command.first ?? executable, &actions, &attributes, words, variables)
    return (pid, code)
  }

  /// Reads two pipes to their ends, from whichever has something: a process that fills one of them would wait for ever
  /// for a reader who waits at the other.
  private static func read(_ output: Int32, _ errors: Int32, keptBytes: Int) -> (
    output: String, errors: String
  ) {
    var pipes = [output, errors].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    var kept: [[UInt8]] = [[], []]
    var piece = [UInt8](repeating: 0, count: 65_536)
    while pipes.contains(where: { $0.fd >= 0 }) {
      // Interrupted by a signal: once more.
      guard poll(&pipes, nfds_t(pipes.count), -1) > 0 else { continue }
      for index in pipes.indices where pipes[index].revents != 0 {
        let count = Glibc.read(pipes[index].fd, &piece, piece.count)
        if count > 0 {
          let all = kept[index] + piece[..<count]
          kept[index] = Array(index == 0 ? all.prefix(keptBytes) : all.suffix(keptBytes))
        } else if count == 0 || errno != EINTR {
          // poll leaves negative descriptors out.
          pipes[index].fd = -1
        }
      }
    }
    return (String(decoding: kept[0], as: UTF8.self), String(decoding: kept[1], as: UTF8.self))
  }
}
