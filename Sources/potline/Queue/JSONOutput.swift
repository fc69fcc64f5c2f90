import Foundation

/// JSON for programs on standard output: keys sorted, times of type `Date` in UTC as in 2026-01-31T12:00:00Z.
enum JSONOutput {
  /// One document.
  static func print(_ value: some Encodable) throws {
    try write(value, [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
  }

  /// A document in one line, as one of many.
  static func line(_ value: some Encodable) throws {
    try write(value, [.sortedKeys, .withoutEscapingSlashes])
  }

  private static func write(_ value: some Encodable, _ form: JSONEncoder.OutputFormatting) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = form
    encoder.dateEncodingStrategy = .iso8601
    Console.result(String(decoding: try encoder.encode(value), as: UTF8.self))
  }
}
