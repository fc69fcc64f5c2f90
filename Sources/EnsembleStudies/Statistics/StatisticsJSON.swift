import CheckedJSON
import Files
import Foundation

extension EnsembleStatistics {
  /// The statistics as JSON: indented, keys in alphabetical order, numbers that are not finite as null, a line break
  /// at the end. Equal statistics give equal bytes.
  package func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self) + Data("\n".utf8)
  }

  /// Reads what `json()` wrote; numbers that were not finite come back as nil.
  ///
  /// - Parameters:
  ///   - json: The whole file.
  ///   - source: The file, for the error.
  package init(json: Data, source: String = "statistics.json") throws(DamagedFileError) {
    do {
      self = try JSONDecoder().decodeChecked(Self.self, from: Array(json))
    } catch {
      throw DamagedFileError(source, JSONProblem.text(of: error))
    }
    let names = variants.map(\.variant)
    guard Set(names).count == names.count else {
      throw DamagedFileError(source, "a variant occurs twice")
    }
  }
}

extension KeyedEncodingContainer {
  /// Writes a number, or null if there is none or it is not finite.
  mutating func encodeFinite(_ value: Double?, forKey key: Key) throws {
    if let value, value.isFinite {
      try encode(value, forKey: key)
    } else {
      try encodeNil(forKey: key)
    }
  }
}
