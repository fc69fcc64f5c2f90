/// Text from elsewhere, such as names and reasons, made safe for a terminal.
package enum PlainText {
  /// The text with a question mark for each control character, which could change the terminal's state.
  ///
  /// - Parameter keepsLines: Whether line ends and tabs stay.
  package static func of(_ text: some StringProtocol, keepsLines: Bool = false) -> String {
    let scalars = text.unicodeScalars.map { scalar -> Unicode.Scalar in
      guard scalar.properties.generalCategory == .control else { return scalar }
      return keepsLines && (scalar == "\n" || scalar == "\t") ? scalar : "?"
    }
    return String(String.UnicodeScalarView(scalars))
  }
}
