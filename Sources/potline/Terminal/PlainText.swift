/// Texts of others, such as names and reasons, as they may stand on a terminal.
enum PlainText {
  /// Control characters, which could do things to the terminal, become question marks.
  ///
  /// - Parameter keepsLines: Whether line ends and tabs stay.
  static func of(_ text: some StringProtocol, keepsLines: Bool = false) -> String {
    let scalars = text.unicodeScalars.map { scalar -> Unicode.Scalar in
      guard scalar.properties.generalCategory == .control else { return scalar }
      return keepsLines && (scalar == "\n" || scalar == "\t") ? scalar : "?"
    }
    return String(String.UnicodeScalarView(scalars))
  }
}
