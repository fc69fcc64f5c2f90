/// HTML text. What is interpolated is escaped, unless it is HTML itself; attributes are written in double quotes.
package struct HTML: ExpressibleByStringInterpolation, Sendable, Equatable {
  /// The markup.
  package private(set) var text: String

  /// Markup of the program's own.
  package init(stringLiteral markup: String) { text = markup }

  package init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  /// Text from elsewhere.
  package init(escaping text: String) { self.text = Self.escaped(text, escapesApostrophes: true) }

  package static func += (html: inout HTML, more: HTML) { html.text += more.text }

  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    package init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(2 * literalCapacity) }

    package mutating func appendLiteral(_ markup: String) { text += markup }
    package mutating func appendInterpolation(_ html: HTML) { text += html.text }
    package mutating func appendInterpolation(_ html: [HTML]) { for part in html { text += part.text } }
    package mutating func appendInterpolation(_ value: String) {
      text += HTML.escaped(value, escapesApostrophes: true)
    }
    package mutating func appendInterpolation(_ value: Int) { text += String(value) }
  }

  /// A text in which nothing is markup. Control characters and marks that change the direction of text become U+FFFD;
  /// line ends and tabs stay.
  ///
  /// - Parameter escapesApostrophes: Whether the text may also stand in single quotes.
  package static func escaped(_ text: String, escapesApostrophes: Bool = false) -> String {
    var escaped = ""
    escaped.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'" where escapesApostrophes: escaped += "&#39;"
      case _ where PlainText.isUnsafe(scalar, keepsLines: true): escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
