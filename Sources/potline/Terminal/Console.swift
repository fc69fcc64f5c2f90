import Foundation
import Logging
import TextFormatting

/// The one owner of standard output and standard error: results on the first, everything else on the second.
enum Console {
  /// A diagnostic: an error, or a remark with the same prefix.
  static func error(_ text: String) {
    ProgressLine.clear()
    write("potline: " + text + "\n", to: .standardError)
  }
  /// A line of progress or advice.
  static func note(_ text: String) { write(text + "\n", to: .standardError) }
  static func result(_ text: String) { write(text.hasSuffix("\n") ? text : text + "\n", to: .standardOutput) }
  static func result(raw text: String) { write(text, to: .standardOutput) }
  static func raw(_ text: String) { write(text, to: .standardError) }

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
    result(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// Makes standard input, output and error safe to use.
  ///
  /// One that is closed becomes /dev/null: otherwise the next file that is opened, perhaps a socket, would take its
  /// number and get the output. A reader that has gone is an error of the write alone: otherwise SIGPIPE would end a
  /// `potline run ... 2>&1 | tee` in the middle of the clean stop that its SIGINT asked for.
  static func prepare() {
    for descriptor in STDIN_FILENO...STDERR_FILENO
    where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
      // The lowest free number is this one.
      _ = open("/dev/null", O_RDWR)
    }
    signal(SIGPIPE, SIG_IGN)
  }

  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Whether standard output still has a reader; after `| head` has ended it has none.
  static var hasReader: Bool {
    var output = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
    return poll(&output, 1, 0) < 1 || output.revents & Int16(POLLERR | POLLHUP | POLLNVAL) == 0
  }

  /// Columns of the terminal; 100 if there is none.
  static var width: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 40 else { return 100 }
    return Int(size.ws_col)
  }

  /// Lines of the terminal; 24 if there is none.
  static var height: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else { return 24 }
    return Int(size.ws_row)
  }

  /// Ignores a reader that has gone (as in `potline study list | head -1`).
  private static func write(_ text: String, to handle: FileHandle) {
    try? handle.write(contentsOf: Data(text.utf8))
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
    // Other processes and hosts sent much of the text.
    Console.note("\(prefix): " + PlainText.of("\(event.message)", keepsLines: true))
  }
}
