import Glibc
import QueueProtocol
import QueueWorker

/// An ssh process for one host, with pipes to its standard streams. Belongs to one thread.
///
/// Only this process holds the writing end of its standard input: when this process ends, in whatever way, the input ends, and with
/// it the workers on the host.
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

  /// Whether bytes wait to be written.
  var hasOutgoing: Bool { input >= 0 && (!outgoing.isEmpty || programFile >= 0) }

  /// Sends the file at `path`, at the speed of the host.
  func sendProgram(_ path: String) {
    programFile = open(path, O_RDONLY | O_CLOEXEC)
    // The host notices an incomplete copy, instead of waiting without end.
    if programFile < 0 { return endInput() }
    pump()
  }

  /// Sends the connection file.
  func sendConnection(_ bytes: [UInt8]) {
    outgoing += bytes
    hasSentConnection = true
    pump()
  }

  /// Sends a sign of life of the launcher.
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

  /// Kills ssh, in whatever state.
  func kill() { process.send(SIGKILL) }

  /// Writes as much as the pipe takes without blocking.
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

  /// New reports of the host, and new lines of its standard error.
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

/// Reads lines from a non-blocking pipe.
struct LineReader {
  private static let longestLine = 4096
  private var rest: [UInt8] = []

  /// The complete lines since the last call, without control characters, which could control the terminal. With `atEnd` an incomplete
  /// last line counts as well.
  mutating func read(_ fileDescriptor: Int32, atEnd: Bool = false) -> [String] {
    var buffer = [UInt8](repeating: 0, count: 16_384)
    // Bounded, so that one host that writes without end doesn't starve the others.
    for _ in 0..<16 {
      let count = Glibc.read(fileDescriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      rest += buffer[..<count]
    }
    var lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let last = lines.removeLast()
    if atEnd || last.count > Self.longestLine {
      lines.append(last)
      rest = []
    } else {
      rest = Array(last)
    }
    return lines.map { line in
      let text = String(decoding: line.prefix(Self.longestLine), as: UTF8.self)
      return String(
        String.UnicodeScalarView(text.unicodeScalars.filter { $0 == "\t" || !Self.isControl($0) }))
    }.filter { !$0.isEmpty }
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 32 || (127..<160).contains(scalar.value)
  }
}

/// The end of an ssh process, and its meaning.
struct SessionEnd {
  enum Meaning: Hashable {
    /// The workers left, on request or because no work was left.
    case done
    /// A retry may help.
    case lost
    /// A retry can't help.
    case hopeless
  }

  let status: ProcessStatus
  /// The last lines on standard error.
  let lines: [String]
  /// Whether workers had been started.
  let hasStarted: Bool

  /// The connection failed, rather than what it ran.
  var isConnection: Bool { status == .exited(255) }

  var meaning: Meaning {
    guard case .exited(let code) = status else { return .lost }
    switch code {
    case 0: return hasStarted ? .done : .hopeless
    case 255: return Self.isRefusal(lines) ? .hopeless : .lost
    // Of the remote script, or for wrong options and connection files.
    case 1, 2, 64, 65, 126, 127, WorkerExit.refused.rawValue: return .hopeless
    default: return .lost
    }
  }

  /// The reason, as a phrase.
  var reason: String {
    let said = lines.suffix(3).map { $0.hasSuffix(".") ? String($0.dropLast()) : $0 }.joined(separator: "; ")
    if hasStarted, case .exited(let code) = status, let exit = WorkerExit(rawValue: code),
      exit != .left, exit != .cannotStart
    {
      return "\(exit)"
    }
    if !said.isEmpty { return said + hint }
    if isConnection { return "the connection was lost" }
    return status == .exited(0) ? "it ended without having started workers" : "it ended with \(status)"
  }

  private var hint: String {
    if lines.contains(where: { $0.contains("Host key verification failed") }) {
      return ". Is it the right host? Then connect to it once by hand, or put its key into known_hosts."
    }
    if lines.contains(where: { $0.contains("Permission denied") }) {
      return ". Nothing is asked here: use a key without a passphrase, or ssh-agent."
    }
    if lines.contains(where: { $0.contains("error while loading shared libraries") }) {
      return ". Install Potline on it, or launch from a program that was built with --static-swift-stdlib."
    }
    return ""
  }

  /// Whether ssh's messages, which are always in English, show a failure that a retry can't mend.
  private static func isRefusal(_ lines: [String]) -> Bool {
    let signs = [
      "Host key verification failed", "Permission denied", "Bad configuration option", "no matching",
      "Too many authentication",
      "Name or service not known", "Can't open user config file", "terminating, ",
    ]
    return lines.contains { line in signs.contains { line.contains($0) } }
  }
}
