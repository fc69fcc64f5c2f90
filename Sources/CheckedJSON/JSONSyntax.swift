/// The grammar of JSON (RFC 8259), as far as it can be told without a decoder: for bytes that somebody else sent.
package enum JSONSyntax {
  /// Arrays and objects within each other that are taken.
  package static let maximumDepth = 64

  /// What is wrong with a text, and at which byte; nil for one JSON value in UTF-8 with no deeper nesting than
  /// ``maximumDepth``. O(bytes).
  package static func problem(in text: [UInt8]) -> String? {
    guard String(validating: text, as: UTF8.self) != nil else { return "it isn't UTF-8" }
    var scanner = Scanner(text: text)
    scanner.skipSpace()
    do throws(Scanner.Problem) {
      try scanner.value(depth: 0)
      scanner.skipSpace()
      return scanner.at == text.count ? nil : "there is more after the value, at byte \(scanner.at)"
    } catch {
      return "\(error.words) at byte \(scanner.at)"
    }
  }

  private struct Scanner {
    struct Problem: Error {
      let words: String
    }

    let text: [UInt8]
    var at = 0

    var next: UInt8? { at < text.count ? text[at] : nil }

    mutating func skipSpace() {
      while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { at += 1 }
    }

    mutating func take(_ character: Character) -> Bool {
      guard next == character.asciiValue else { return false }
      at += 1
      return true
    }

    mutating func value(depth: Int) throws(Problem) {
      switch next.map({ Character(UnicodeScalar($0)) }) {
      case "{": try members(depth: depth + 1)
      case "[": try elements(depth: depth + 1)
      case "\"": try string()
      case "t": try word("true")
      case "f": try word("false")
      case "n": try word("null")
      default: try number()
      }
    }

    private mutating func enter(_ depth: Int) throws(Problem) {
      guard depth <= JSONSyntax.maximumDepth else { throw Problem(words: "nested too deep") }
      at += 1
      skipSpace()
    }

    private mutating func members(depth: Int) throws(Problem) {
      try enter(depth)
      if take("}") { return }
      repeat {
        skipSpace()
        guard next == UInt8(ascii: "\"") else { throw Problem(words: "no name of a member") }
        try string()
        skipSpace()
        guard take(":") else { throw Problem(words: "no colon") }
        skipSpace()
        try value(depth: depth)
        skipSpace()
      } while take(",")
      guard take("}") else { throw Problem(words: "an object without end") }
    }

    private mutating func elements(depth: Int) throws(Problem) {
      try enter(depth)
      if take("]") { return }
      repeat {
        skipSpace()
        try value(depth: depth)
        skipSpace()
      } while take(",")
      guard take("]") else { throw Problem(words: "an array without end") }
    }

    private mutating func word(_ word: String) throws(Problem) {
      guard text[at...].starts(with: word.utf8) else { throw Problem(words: "no value") }
      at += word.utf8.count
    }

    private mutating func string() throws(Problem) {
      at += 1
      while let byte = next {
        at += 1
        switch byte {
        case UInt8(ascii: "\""): return
        case UInt8(ascii: "\\"): try escape()
        case ..<0x20: throw Problem(words: "a control character in a string")
        default: break
        }
      }
      throw Problem(words: "a string without end")
    }

    private mutating func escape() throws(Problem) {
      guard let byte = next else { throw Problem(words: "a string without end") }
      at += 1
      if byte != UInt8(ascii: "u") {
        guard "\"\\/bfnrt".utf8.contains(byte) else { throw Problem(words: "an unknown escape") }
        return
      }
      switch try hexadecimal() {
      case 0xD800..<0xDC00:
        guard take("\\"), take("u"), (0xDC00..<0xE000).contains(try hexadecimal()) else {
          throw Problem(words: "half a surrogate pair")
        }
      case 0xDC00..<0xE000: throw Problem(words: "half a surrogate pair")
      default: break
      }
    }

    private mutating func hexadecimal() throws(Problem) -> Int {
      var number = 0
      for _ in 0..<4 {
        guard let byte = next, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
          throw Problem(words: "no hexadecimal digit")
        }
        number = 16 * number + digit
        at += 1
      }
      return number
    }

    private mutating func number() throws(Problem) {
      _ = take("-")
      if !take("0") { try digits() }
      if take(".") { try digits() }
      if take("e") || take("E") {
        if !take("+") { _ = take("-") }
        try digits()
      }
    }

    private mutating func digits() throws(Problem) {
      let first = at
      while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { at += 1 }
      guard at > first else { throw Problem(words: "no value") }
    }
  }
}
