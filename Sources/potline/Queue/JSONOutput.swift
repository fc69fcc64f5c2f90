import Foundation

/// JSON for programs on standard output: one document, keys sorted.
enum JSONOutput {
  static func print(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    Console.result(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// A document in one line, as one of many.
  static func line(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    Console.result(String(decoding: try encoder.encode(value), as: UTF8.self))
  }
}
