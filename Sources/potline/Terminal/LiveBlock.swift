import Files
import Foundation

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
    var parts: [TerminalPart] = []
    if now != size, drawn > 0 {
      // The terminal has broken the earlier lines anew.
      parts.append(.control(.clearScreen))
    } else if drawn > 0 {
      parts.append(.control(.up(drawn)))
    }
    size = now
    let fitting = lines.prefix(max(1, now.rows - 1))
    for line in fitting {
      parts += [.line(String(line.prefix(now.columns - 1))), .control(.clearToLineEnd), .lineEnd]
    }
    drawn = fitting.count
    Console.draw(parts + [.control(.clearBelow)], on: .standardOutput)
  }

  /// Leaves the last lines where they are.
  func end() {
    if isTerminal, drawn > 0 {
      Console.draw([.control(.lineStart), .control(.clearBelow)], on: .standardOutput)
    }
  }

  private static func terminalSize() -> (columns: Int, rows: Int) {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
      return (100, 40)
    }
    return (max(20, Int(size.ws_col)), max(5, Int(size.ws_row)))
  }
}
