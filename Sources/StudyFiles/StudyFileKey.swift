/// One key that a study file may have: what it is called, what it may hold, what it means.
package struct StudyFileKey: Equatable, Sendable {
  /// What a key may hold.
  package indirect enum Kind: Equatable, Sendable {
    /// Free text.
    case text
    /// Lower-case letters, digits and hyphens; at most 64 characters.
    case name
    /// `true` or `false`.
    case flag
    /// A whole number in a range.
    case integer(ClosedRange<Int>)
    /// A whole number in a range, the word `all`, or a list of several such numbers.
    case integersOrAll(ClosedRange<Int>)
    /// A whole number, or a list of several.
    case integerOrIntegers(ClosedRange<Int>)
    /// A whole number in a range, or a word.
    case integerOrWord(ClosedRange<Int>, String)
    /// A whole number in a range, or a mapping of signals' names to such numbers.
    case integersBySignal(ClosedRange<Int>)
    /// A mapping of signals' names to finite numbers in a range.
    case numbersBySignal(NumberRange)
    /// A whole number from 0 to 2⁶⁴ − 1.
    case seed
    /// A finite number in a range.
    case number(NumberRange)
    /// A finite number in a range, or a list of several such numbers.
    case numberOrNumbers(NumberRange)
    /// One of a few words.
    case choice([String])
    /// A list of elements of one kind, with a range for their number.
    case list(of: Kind, count: ClosedRange<Int>)
    /// A mapping with keys of its own in the table.
    case mapping
    /// A mapping with keys of its own in the table, or a number as shorthand for it.
    case mappingOrNumber(NumberRange)
    /// A mapping with keys of its own in the table, a number as shorthand for it, or a list of several such numbers.
    case mappingOrNumbers(NumberRange)
    /// A mapping with keys of its own in the table (under `path[]` for the elements of a list), or a text as shorthand for
    /// it.
    case mappingOrText
    /// A mapping from names of the user's choice to texts.
    case texts
    /// A list of at least one mapping; their keys are in the table under `path[]`.
    case mappings
  }

  /// Ranges of numbers.
  package enum NumberRange: String, Equatable, Sendable {
    /// Greater than 0.
    case positive = "greater than 0"
    /// 0 or greater.
    case nonNegative = "0 or greater"
    /// From 0 to below 1.
    case fraction = "at least 0 and less than 1"

    func contains(_ value: Double) -> Bool {
      switch self {
      case .positive: value > 0
      case .nonNegative: value >= 0
      case .fraction: value >= 0 && value < 1
      }
    }
  }

  /// What happens when the key is not there.
  package enum Presence: Equatable, Sendable {
    /// The file is refused.
    case required
    /// The key has no value then.
    case optional
    /// This value is taken, as it would be written in the file.
    case value(String)
    /// The value follows from others, in the way that the text says.
    case derived(String)
  }

  /// Path from the root of the file; `[]` stands for any element of a list: `variants[].penalty.method`.
  package var path: String
  /// What the key may hold.
  package var kind: Kind
  /// What happens when the key is not there.
  package var presence: Presence
  /// Unit of the value, if it has one.
  package var unit: String?
  /// What the key means, in one sentence.
  package var meaning: String

  init(_ path: String, _ kind: Kind, _ presence: Presence, unit: String? = nil, _ meaning: String) {
    self.path = path
    self.kind = kind
    self.presence = presence
    self.unit = unit
    self.meaning = meaning
  }

  /// The key's own name: the last part of its path.
  package var name: String { String(path.split(separator: ".").last ?? "") }

  /// The path of the mapping that the key is in; empty at the root.
  package var parent: String { path.split(separator: ".").dropLast().joined(separator: ".") }

  /// The default in words.
  package var defaultText: String {
    switch presence {
    case .required: "required"
    case .optional: "none"
    case .value(let text): text
    case .derived(let text): text
    }
  }
}

extension StudyFileKey.Kind: CustomStringConvertible {
  /// What the key may hold, in words: "a whole number from 1 to 4096".
  package var description: String {
    switch self {
    case .text: "text"
    case .name: "a name of lower-case letters, digits and hyphens"
    case .flag: "true or false"
    case .integer(let range): "a whole number \(words(range))"
    case .integersOrAll(let range): "a whole number \(words(range)), a list of several, or all"
    case .integerOrIntegers(let range): "a whole number \(words(range)), or a list of several"
    case .integerOrWord(let range, let word): "a whole number \(words(range)), or the word \(word)"
    case .integersBySignal(let range):
      "a whole number \(words(range)), or a mapping of signals' names to such numbers"
    case .numbersBySignal(let range): "a mapping of signals' names to numbers, each \(range.rawValue)"
    case .seed: "a whole number from 0 to \(UInt64.max)"
    case .number(let range): "a number \(range.rawValue)"
    case .numberOrNumbers(let range): "a number \(range.rawValue), or a list of several"
    case .choice(let words):
      words.count == 1 ? "the word \(words[0])" : "one of " + words.joined(separator: ", ")
    case .list(let kind, let count) where count.lowerBound == count.upperBound:
      "a list of \(count.lowerBound), each \(kind)"
    case .list(let kind, let count) where count.upperBound < Int.max:
      "a list of \(count.lowerBound) to \(count.upperBound), each \(kind)"
    case .list(let kind, let count) where count.lowerBound > 0:
      "a list of \(count.lowerBound) or more, each \(kind)"
    case .list(let kind, _): "a list, each \(kind)"
    case .mapping: "a mapping"
    case .mappingOrNumber(let range): "a mapping, or a number \(range.rawValue)"
    case .mappingOrNumbers(let range): "a mapping, a number \(range.rawValue), or a list of several"
    case .mappingOrText: "text, or a mapping"
    case .texts: "a mapping from names to texts"
    case .mappings: "a list of mappings"
    }
  }

  private func words(_ range: ClosedRange<Int>) -> String {
    range.upperBound == .max
      ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
  }
}
