/// The ssh client and its options.
package struct SSHCommand: Hashable, Sendable {
  /// The program and its first arguments.
  package let words: [String]

  /// The one in PATH.
  package static let standard = SSHCommand(words: ["ssh"])

  /// Ours come after the user's, so the user's hold: of an option that is given twice ssh takes the first.
  private static let options = [
    "-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=5", "-o",
    "ServerAliveCountMax=3", "-o", "ControlMaster=no", "-o", "RemoteCommand=none",
  ]

  private init(words: [String]) { self.words = words }

  /// A command line such as `ssh -F "my config"`: words, parted by spaces unless quotes or a backslash keep them together.
  ///
  /// - Returns: `nil` if there is no word or a quote has no end.
  package init?(_ text: String) {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var isEscaped = false
    for character in text {
      if isEscaped {
        word = (word ?? "") + String(character)
        isEscaped = false
      } else if character == "\\", quote != "'" {
        isEscaped = true
      } else if character == quote {
        quote = nil
      } else if quote == nil, character == "'" || character == "\"" {
        quote = character
        word = word ?? ""
      } else if quote == nil, character.isWhitespace {
        word.map { words.append($0) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    guard quote == nil, !isEscaped else { return nil }
    word.map { words.append($0) }
    guard let first = words.first, !first.isEmpty else { return nil }
    self.words = words
  }

  /// The arguments, without the program, that run a command on a host.
  func arguments(host: String, command: String) -> [String] {
    Array(words.dropFirst()) + Self.options + ["--", host, command]
  }
}
