import Yams

/// Reads plain YAML scalars as numbers, flags and words, by rules narrower than YAML's own.
///
/// Whole numbers are decimal digits without leading zeros (YAML 1.1 reads `012` as octal); numbers may leave out the
/// point (`1e-3`, which YAML 1.1 reads as text); flags are `true` and `false` only (not `yes`, `on`); nothing in quotes
/// is a number or a flag.
enum ScalarReading {
  struct Refusal: Error {
    var message: String
  }

  static func read(_ scalar: Node.Scalar, as kind: StudyFileKey.Kind) throws(Refusal) -> StudyFileEntry.Value
  {
    let string = scalar.string
    let isQuoted = scalar.style != .plain && scalar.style != .any
    if !isQuoted && ["", "~", "null", "Null", "NULL"].contains(string) {
      throw Refusal(message: "there is no value here; write \(kind), or remove the key")
    }
    switch kind {
    case .text, .mappingOrText: return .text(try text(string))
    case .name: return .text(try name(string))
    case .choice(let words): return .text(try choice(string, of: words))
    default: break
    }
    if isQuoted {
      throw Refusal(
        message: "this is text, because of the quotes, where \(kind) is expected; remove the quotes")
    }
    switch kind {
    case .flag:
      guard string == "true" || string == "false" else {
        throw Refusal(message: "\(quoted(string)) is not a flag; write true or false")
      }
      return .flag(string == "true")
    case .integersOrAll(_) where string == "all": return .all
    case .integerOrWord(_, let word) where string == word: return .text(word)
    case .integer(let range), .integerOrWord(let range, _), .integersOrAll(let range),
      .integerOrIntegers(let range), .integersBySignal(let range):
      let value = try integer(string, as: Int.self, kind)
      guard range.contains(value) else { throw outOfRange(string, kind) }
      return .integer(value)
    case .seed: return .seed(try integer(string, as: UInt64.self, kind))
    case .number(let range), .mappingOrNumber(let range), .mappingOrNumbers(let range),
      .numberOrNumbers(let range):
      let value = try number(string, kind)
      guard range.contains(value) else { throw outOfRange(string, kind) }
      return .number(value)
    case .list:
      throw Refusal(
        message: "a single value where a list is expected; write [\(excerpt(string))] for a list of one")
    case .mapping, .mappings, .mappingOrText, .texts, .numbersBySignal, .text, .name, .choice:
      throw Refusal(message: "a single value where \(kind) is expected")
    }
  }

  private static func text(_ string: String) throws(Refusal) -> String {
    guard !string.allSatisfy(\.isWhitespace) else { throw Refusal(message: "the text is empty; write some") }
    guard !string.unicodeScalars.contains("\0") else {
      throw Refusal(message: "the text holds a NUL character; remove it")
    }
    return string
  }

  private static func name(_ string: String) throws(Refusal) -> String {
    let scalars = string.unicodeScalars
    let allowed = scalars.allSatisfy { ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-" }
    guard allowed, (1...64).contains(scalars.count), scalars.first != "-" else {
      throw Refusal(
        message:
          "\(quoted(string)) cannot be a name; use 1 to 64 lower-case letters (a-z), digits and hyphens, "
          + "and no hyphen at the start")
    }
    return string
  }

  private static func choice(_ string: String, of words: [String]) throws(Refusal) -> String {
    guard !words.contains(string) else { return string }
    let hint = Suggestion.closest(to: string, among: words).map { "; did you mean '\($0)'?" } ?? ""
    let allowed = words.map { "'\($0)'" }.joined(separator: ", ")
    throw Refusal(message: "\(quoted(string)) is not allowed\(hint.isEmpty ? ";" : hint) allowed: \(allowed)")
  }

  private static func integer<T: FixedWidthInteger>(
    _ string: String, as: T.Type, _ kind: StudyFileKey.Kind
  ) throws(Refusal) -> T {
    var digits = string[...]
    if digits.first == "-" || digits.first == "+" { digits.removeFirst() }
    guard isDigits(digits) else {
      let isNumber = (try? number(string, kind)) != nil
      throw Refusal(
        message: isNumber
          ? "\(quoted(string)) is not written as a whole number; write \(kind), in digits only"
          : "\(quoted(string)) is not a number; write \(kind)")
    }
    guard digits.count == 1 || digits.first != "0" else { throw leadingZero(string) }
    guard let value = T(string) else { throw outOfRange(string, kind) }
    return value
  }

  private static func number(_ string: String, _ kind: StudyFileKey.Kind) throws(Refusal) -> Double {
    let unsigned = string.first == "-" || string.first == "+" ? string.dropFirst() : string[...]
    if [".nan", ".inf", "nan", "inf", "infinity"].contains(unsigned.lowercased()) {
      throw Refusal(message: "\(quoted(string)) is not a finite number; write \(kind)")
    }
    let halves = unsigned.split(separator: "e", maxSplits: 1, omittingEmptySubsequences: false)
      .flatMap { $0.split(separator: "E", maxSplits: 1, omittingEmptySubsequences: false) }
    let point = (halves.first ?? "").split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let exponent = halves.count == 2 ? halves[1] : "0"
    let exponentDigits = exponent.first == "-" || exponent.first == "+" ? exponent.dropFirst() : exponent
    let mantissaIsGood = point.contains { !$0.isEmpty } && point.allSatisfy { $0.isEmpty || isDigits($0) }
    guard halves.count <= 2, mantissaIsGood, isDigits(exponentDigits) else {
      throw Refusal(message: "\(quoted(string)) is not a number; write \(kind)")
    }
    if let whole = point.first, whole.count > 1, whole.first == "0" { throw leadingZero(string) }
    guard let value = Double(string) else {
      throw Refusal(message: "\(quoted(string)) is not a number; write \(kind)")
    }
    guard value.isFinite else { throw Refusal(message: "\(quoted(string)) is too large; write \(kind)") }
    let isZeroWritten = halves[0].allSatisfy { $0 == "0" || $0 == "." }
    guard value != 0 || isZeroWritten else {
      throw Refusal(
        message: "\(quoted(string)) is too close to zero for a number in double precision; write 0 if meant")
    }
    return value
  }

  private static func isDigits(_ string: Substring) -> Bool {
    !string.isEmpty && string.utf8.allSatisfy { (48...57).contains($0) }
  }

  private static func leadingZero(_ string: String) -> Refusal {
    Refusal(message: "\(quoted(string)) starts with a zero, which YAML may read as octal; write it without")
  }

  private static func outOfRange(_ string: String, _ kind: StudyFileKey.Kind) -> Refusal {
    Refusal(message: "\(excerpt(string)) is out of range; write \(kind)")
  }

  private static func quoted(_ string: String) -> String { "'\(excerpt(string))'" }

  /// The start of a value, safe to print on one line.
  static func excerpt(_ string: String) -> String {
    let line = String(
      String.UnicodeScalarView(string.unicodeScalars.prefix(60).map { $0.value < 32 ? " " : $0 }))
    return string.unicodeScalars.count > 60 ? line + "…" : line
  }
}
