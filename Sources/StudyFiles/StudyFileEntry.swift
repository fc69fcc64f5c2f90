/// A value of a study file that has been held against the table of keys, with its place.
struct StudyFileEntry {
  indirect enum Value {
    case text(String)
    case integer(Int)
    case seed(UInt64)
    case number(Double)
    case flag(Bool)
    case all
    case list([StudyFileEntry])
    case mapping([String: StudyFileEntry])
    /// The key is there, its value was refused, and the problem has been noted.
    case refused
  }

  var value: Value
  var line: Int
  var column: Int
  /// Path in the file, with list indices.
  var path: String

  subscript(key: String) -> StudyFileEntry? {
    guard case .mapping(let entries) = value else { return nil }
    return entries[key]
  }

  var text: String? {
    guard case .text(let text) = value else { return nil }
    return text
  }

  var integer: Int? {
    guard case .integer(let integer) = value else { return nil }
    return integer
  }

  var seed: UInt64? {
    guard case .seed(let seed) = value else { return nil }
    return seed
  }

  var number: Double? {
    guard case .number(let number) = value else { return nil }
    return number
  }

  var flag: Bool? {
    guard case .flag(let flag) = value else { return nil }
    return flag
  }

  var list: [StudyFileEntry]? {
    guard case .list(let list) = value else { return nil }
    return list
  }

  /// A mapping from names to texts, without those that were refused.
  var texts: [String: String]? {
    guard case .mapping(let entries) = value else { return nil }
    return entries.compactMapValues(\.text)
  }

  /// The keys and values of a mapping, by name.
  var entries: [(name: String, value: StudyFileEntry)]? {
    guard case .mapping(let entries) = value else { return nil }
    return entries.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  var isRefused: Bool {
    guard case .refused = value else { return false }
    return true
  }

  func problem(_ message: String) -> StudyFileProblem {
    StudyFileProblem(line: line, column: column, key: path, message: message)
  }
}
