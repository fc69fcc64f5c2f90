import Foundation
import TextFormatting

/// Lines on standard output that are drawn over when there are newer ones; on anything but a terminal they follow each
/// other. Nothing of the terminal is changed that would have to be put back: the cursor is always below the lines.
final class LiveBlock {
  private let isTerminal = isatty(STDOUT_FILENO) == 1
  private var drawn = 0
  private var size: (columns: Int, rows: Int) = (0, 0)

  /// The lines that fit; `nil` if there is no terminal.
  var height: Int? { isTerminal ? Self.terminalSize().rows - 1 : nil }

  func show(_ lines: [String]) {
    guard isTerminal else { return Console.result((lines + [""]).joined(separator: "\n")) }
    let now = Self.terminalSize()
    var text = ""
    if now != size, drawn > 0 {
      // What stood there was broken anew.
      text += "\u{1B}[H\u{1B}[2J"
    } else if drawn > 0 {
      text += "\u{1B}[\(drawn)A\r"
    }
    size = now
    let fitting = lines.prefix(max(1, now.rows - 1))
    // Control characters in names are not the terminal's business.
    for line in fitting { text += PlainText.of(line.prefix(now.columns - 1)) + "\u{1B}[K\n" }
    text += "\u{1B}[J"
    drawn = fitting.count
    Console.result(raw: text)
  }

  /// Leaves the last lines where they are.
  func end() {
    if isTerminal, drawn > 0 { Console.result(raw: "\r\u{1B}[J") }
  }

  private static func terminalSize() -> (columns: Int, rows: Int) {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
      return (100, 40)
    }
    return (max(20, Int(size.ws_col)), max(5, Int(size.ws_row)))
  }
}
