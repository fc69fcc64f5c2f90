/// Text from elsewhere, such as names and reasons, made safe for a terminal.
package enum PlainText {
  /// The text with a question mark for each character that could change the state of a terminal or the direction of
  /// what follows. O(length); text without such characters is returned unchanged.
  ///
  /// - Parameter keepsLines: Whether line ends and tabs stay; a carriage return before a line end is dropped.
  package static func of(_ text: some StringProtocol, keepsLines: Bool = false) -> String {
    guard text.unicodeScalars.contains(where: { isUnsafe($0, keepsLines: keepsLines) }) else {
      return String(text)
    }
    var plain = String.UnicodeScalarView()
    var isAfterReturn = false
    for scalar in text.unicodeScalars {
      if isAfterReturn, scalar == "\n" { plain.removeLast() }
      plain.append(isUnsafe(scalar, keepsLines: keepsLines) ? "?" : scalar)
      isAfterReturn = keepsLines && scalar == "\r"
    }
    return String(plain)
  }

  /// Whether a terminal or a page must not get this character: a control character (C0, DEL, C1), or a mark that
  /// changes the direction of text.
  ///
  /// - Parameter keepsLines: Whether line ends and tabs are safe.
  static func isUnsafe(_ scalar: Unicode.Scalar, keepsLines: Bool) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A: !keepsLines
    case 0x00...0x1F, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
