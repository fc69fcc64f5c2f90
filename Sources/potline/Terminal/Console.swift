import ArgumentParser
import Files
import Foundation
import Logging
import TextFormatting

/// The one owner of standard output and standard error: results on the first, everything else on the second.
///
/// Text from files, peers and the environment is part of most lines, so every text is escaped here, where it leaves the
/// program: no control character reaches a terminal but those of ``TerminalControl``.
enum Console {
  /// A diagnostic: an error, or a remark with the same prefix.
  static func error(_ text: String) {
    ProgressLine.clear()
    note("potline: " + text)
  }
  /// A line of progress or advice.
  static func note(_ text: String) {
    OutputWriter.standardError.write(PlainText.of(text, keepsLines: true) + "\n")
  }
  /// Text of a command's result.
  static func result(_ text: String) {
    OutputWriter.standardOutput.write(
      PlainText.of(text.hasSuffix("\n") ? text : text + "\n", keepsLines: true))
  }
  /// A result that other programs read, such as JSON, a study file or a script. It is escaped on a terminal alone.
  static func data(_ text: String) {
    if isatty(STDOUT_FILENO) == 1 { return result(text) }
    OutputWriter.standardOutput.write(text.hasSuffix("\n") ? text : text + "\n")
  }
  /// Draws on a terminal.
  static func draw(_ parts: [TerminalPart], on writer: OutputWriter = .standardError) {
    writer.write(parts.map(\.text).joined())
  }

  /// The note about an option's old name, which is accepted for one version.
  static func deprecated(_ old: String, now new: String) {
    note("note: \(old) is now \(new); the old name goes away in the next version")
  }

  /// One JSON document: keys sorted, times of type `Date` in UTC as in 2026-01-31T12:00:00Z.
  static func json(_ value: some Encodable) throws {
    try json(value, [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
  }

  /// A JSON document in one line, as one of many.
  static func jsonLine(_ value: some Encodable) throws {
    try json(value, [.sortedKeys, .withoutEscapingSlashes])
  }

  private static func json(_ value: some Encodable, _ form: JSONEncoder.OutputFormatting) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = form
    encoder.dateEncodingStrategy = .iso8601
    data(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// Makes standard input, output and error safe to use.
  ///
  /// One that is closed becomes /dev/null: otherwise the next file that is opened, perhaps a socket, would take its
  /// number and get the output. A reader that has gone is an error of the write alone: otherwise SIGPIPE would end a
  /// `potline run ... 2>&1 | tee` in the middle of the clean stop that its SIGINT asked for. The same holds for a file
  /// that reaches the limit of `ulimit -f`, and SIGXFSZ.
  static func prepare() {
    for descriptor in STDIN_FILENO...STDERR_FILENO
    where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
      // The lowest free number is this one.
      _ = open("/dev/null", O_RDWR)
    }
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
  }

  /// Throws if a part of standard output could not be written, unless its reader has gone.
  static func checkOutput() throws { try OutputWriter.standardOutput.check() }

  /// Ends the program: with `status`, or with that of a failed output if standard output could not be written and the
  /// status doesn't tell of another failure.
  static func exit(_ status: Int32) -> Never {
    do {
      try checkOutput()
    } catch {
      let reported = ExitStatus.exit(reporting: error).rawValue
      if ExitStatus(rawValue: status)?.concernsStudy ?? (status == 0) { Foundation.exit(reported) }
    }
    Foundation.exit(status)
  }

  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Whether standard output still has a reader; after `| head` has ended it has none.
  static var hasReader: Bool {
    guard OutputWriter.standardOutput.isUsable else { return false }
    var output = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
    return poll(&output, 1, 0) < 1 || output.revents & Int16(POLLERR | POLLHUP | POLLNVAL) == 0
  }

  /// Columns of the terminal, at least 20; 100 if there is none, or one that doesn't know its size.
  static var width: Int { columns(of: STDERR_FILENO).map { max(20, $0) } ?? 100 }

  /// Columns for help, at least 60: $COLUMNS, those of the terminal at standard output, or 80.
  static var helpWidth: Int {
    let wanted = getenv("COLUMNS").flatMap { Int(String(cString: $0)) }.flatMap { $0 > 0 ? $0 : nil }
    return max(60, wanted ?? columns(of: STDOUT_FILENO) ?? 80)
  }

  private static func columns(of descriptor: Int32) -> Int? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// Lines of the terminal; 24 if there is none.
  static var height: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else { return 24 }
    return Int(size.ws_row)
  }
}

/// Moves of the cursor, and clearing: the only control sequences that the program writes.
enum TerminalControl {
  /// To the beginning of the line so many lines up.
  case up(Int)
  case lineStart
  case clearToLineEnd, clearBelow
  /// Clears all, and goes to the top.
  case clearScreen

  fileprivate var sequence: String {
    switch self {
    case .up(let lines): "\u{1B}[\(lines)A\r"
    case .lineStart: "\r"
    case .clearToLineEnd: "\u{1B}[K"
    case .clearBelow: "\u{1B}[J"
    case .clearScreen: "\u{1B}[H\u{1B}[2J"
    }
  }
}

/// A piece of a drawing on a terminal.
enum TerminalPart {
  case control(TerminalControl)
  /// A part of one line; control characters in it are escaped.
  case line(String)
  case lineEnd

  fileprivate var text: String {
    switch self {
    case .control(let control): control.sequence
    case .line(let text): PlainText.of(text)
    case .lineEnd: "\n"
    }
  }
}

/// Log lines on standard error with the program's prefix.
struct ConsoleLog: LogHandler {
  let prefix: String
  var logLevel = Logger.Level.warning
  var metadata = Logger.Metadata()

  init(prefix: String, logLevel: Logger.Level = .warning) {
    (self.prefix, self.logLevel) = (prefix, logLevel)
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    ProgressLine.clear()
    Console.note("\(prefix): \(event.message)")
  }
}
