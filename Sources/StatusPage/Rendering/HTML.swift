import Foundation

/// Text that is safe to stand in a page, with its own marks.
struct HTML: ExpressibleByStringInterpolation, Sendable, Equatable {
  /// The marks.
  private(set) var text: String

  /// Marks of the program's own.
  init(stringLiteral marks: String) { text = marks }

  /// What is put into marks is escaped, unless it is HTML itself.
  init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  /// Text of others.
  init(escaping text: String) { self.text = Self.escape(text) }

  static func += (html: inout HTML, more: HTML) { html.text += more.text }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(2 * literalCapacity) }

    mutating func appendLiteral(_ marks: String) { text += marks }
    mutating func appendInterpolation(_ html: HTML) { text += html.text }
    mutating func appendInterpolation(_ html: [HTML]) { for part in html { text += part.text } }
    mutating func appendInterpolation(_ value: String) { text += HTML.escape(value) }
    mutating func appendInterpolation(_ value: Int) { text += String(value) }
  }

  private static func escape(_ text: String) -> String {
    var escaped = ""
    escaped.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      case "\n", "\t": escaped.unicodeScalars.append(scalar)
      // Controls, and marks that turn the direction of what follows.
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}":
        escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
