import Glibc
import QueueProtocol
import QueueWorker

/// ssh on a host, and the three pipes to it. It belongs to one thread.
///
/// Only this process holds the writing end of its standard input: when it ends, however it does, so does the input, and with it
/// what runs on the host.
final class SSHSession {
  private static let pieceBytes = 65_536

  let output: Int32
  let errors: Int32
  private(set) var input: Int32
  private let process: ChildProcess
  private var outgoing: ArraySlice<UInt8> = []
  private var programFile: Int32 = -1
  private var outputLines = LineReader()
  private var errorLines = LineReader()
  private(set) var lastErrors: [String] = []
  /// Whether the connection file was sent, so that signs of life may follow.
  private(set) var hasSentConnection = false

  init(_ ssh: SSHCommand, host: String, command: String) throws(SupervisorError) {
    var ends: [Int32] = []
    for _ in 0..<3 {
      var pair: [Int32] = [0, 0]
      guard pipe(&pair) == 0 else {
        let code = errno
        for end in ends { close(end) }
        throw .system(operation: "make a pipe", code: code)
      }
      for end in pair { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      ends += pair
    }
    let theirs = [ends[0], ends[3], ends[5]]
    (input, output, errors) = (ends[1], ends[2], ends[4])
    defer { for end in theirs { close(end) } }
    do throws(SupervisorError) {
      process = try ChildProcess(
        ssh.words[0], arguments: ssh.arguments(host: host, command: command),
        files: [(theirs[0], STDIN_FILENO), (theirs[1], STDOUT_FILENO), (theirs[2], STDERR_FILENO)])
    } catch {
      for end in [ends[1], ends[2], ends[4]] { close(end) }
      throw error
    }
    for end in [input, output, errors] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
  }

  deinit {
    process.send(SIGKILL)
    _ = process.reap(waiting: true)
    endInput()
    for end in [output, errors] { close(end) }
  }

  /// Whether something waits to be written.
  var hasOutgoing: Bool { input >= 0 && (!outgoing.isEmpty || programFile >= 0) }

  /// Sends the file at `path`, as the host takes it in.
  func sendProgram(_ path: String) {
    programFile = open(path, O_RDONLY | O_CLOEXEC)
    // The host would wait for ever; so it says that the copy isn't whole.
    if programFile < 0 { return endInput() }
    pump()
  }

  /// Sends the connection file.
  func sendConnection(_ bytes: [UInt8]) {
    outgoing += bytes
    hasSentConnection = true
    pump()
  }

  /// Shows that the launcher is there.
  func sendSignOfLife() {
    guard hasSentConnection, outgoing.isEmpty else { return }
    outgoing.append(UInt8(ascii: "\n"))
    pump()
  }

  /// Ends what runs on the host.
  func endInput() {
    if programFile >= 0 { close(programFile) }
    programFile = -1
    if input >= 0 { close(input) }
    input = -1
  }

  /// Ends ssh itself, in whatever state.
  func kill() { process.send(SIGKILL) }

  /// Writes what the pipe takes now.
  func pump() {
    while hasOutgoing {
      if outgoing.isEmpty { refill() }
      guard !outgoing.isEmpty else { return }
      let count = outgoing.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      if count < 0, errno != EAGAIN { endInput() }
      guard count > 0 else { return }
      outgoing = outgoing.dropFirst(count)
    }
  }

  /// What the host has reported, and what it has said on standard error.
  func read(atEnd: Bool = false) -> (reports: [HostReport], lines: [String]) {
    let lines = errorLines.read(errors, atEnd: atEnd)
    lastErrors = (lastErrors + lines).suffix(8)
    return (outputLines.read(output, atEnd: atEnd).compactMap { HostReport(line: $0) }, lines)
  }

  /// How ssh ended, if it did.
  func reap() -> ProcessStatus? { process.reap() }

  private func refill() {
    var piece = [UInt8](repeating: 0, count: Self.pieceBytes)
    let count = Glibc.read(programFile, &piece, piece.count)
    if count > 0 {
      outgoing = piece[..<count]
    } else if count < 0 {
      endInput()
    } else {
      close(programFile)
      programFile = -1
    }
  }
}
