/// Words of a command line for a POSIX shell.
package enum ShellWord {
  /// The text as one word: unchanged if it has only letters, digits and `_ - . / : , = @ % +`, in single quotes otherwise.
  package static func of(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy { scalar in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".", "/", ":", ",", "=", "@", "%", "+": true
      default: false
      }
    }
    // Some shells expand a first "=".
    return isPlain && !text.isEmpty && text.first != "=" ? text : quoted(text)
  }

  /// The text in single quotes, for shells of any kind.
  package static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: #"'\''"#) + "'" }
}
