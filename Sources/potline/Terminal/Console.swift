import Foundation

/// What people read: results on standard output, everything else on standard error.
enum Console {
  static func error(_ text: String) {
    ProgressLine.clear()
    write("potline: " + text + "\n", to: .standardError)
  }
  static func note(_ text: String) { write(text + "\n", to: .standardError) }
  static func result(_ text: String) { write(text.hasSuffix("\n") ? text : text + "\n", to: .standardOutput) }
  static func result(raw text: String) { write(text, to: .standardOutput) }
  static func raw(_ text: String) { write(text, to: .standardError) }

  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Whether somebody can still read what is printed; not so after `| head` has had enough.
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

  /// A reader that has gone (as in `potline study list | head -1`) is no error.
  private static func write(_ text: String, to handle: FileHandle) {
    try? handle.write(contentsOf: Data(text.utf8))
  }
}
