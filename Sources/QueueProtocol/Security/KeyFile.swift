import CheckedJSON
import Files
import Foundation

/// Key rings and connection files: JSON of format 1, which only the owner may read.
enum KeyFile {
  /// Large enough for thousands of keys.
  private static let maximumBytes = 8 << 20

  static func read(_ path: String) throws(KeyFileError) -> FileContent {
    do throws(FileError) {
      return try FileContent.read(path, limit: maximumBytes)
    } catch {
      throw KeyFileError(error)
    }
  }

  /// The value in a JSON file whose `format` is 1. An empty file is an error and not a missing one: other keys in its place
  /// would lock out every worker and client without a word.
  ///
  /// - Parameter holdsSecrets: Whether nobody else may be able to read the file.
  static func read<Value: Decodable>(
    _ path: String, as type: Value.Type, holdsSecrets: (Value) -> Bool
  ) throws(KeyFileError) -> Value {
    let content = try read(path)
    if content.bytes.isEmpty { throw .empty(path: path, isKeyRing: type == KeyRing.self) }
    let value = try decode(content.bytes, as: type, path: path)
    if holdsSecrets(value), content.isOpenToOthers {
      throw .readableByOthers(path: path, mode: content.mode)
    }
    return value
  }

  /// The value in JSON whose `format` is 1; `path` is where it is from.
  static func decode<Value: Decodable>(_ bytes: [UInt8], as type: Value.Type, path: String)
    throws(KeyFileError) -> Value
  {
    do {
      let decoder = JSONDecoder()
      decoder.dateDecodingStrategy = .iso8601
      let format = try decoder.decodeChecked(Format.self, from: bytes).format
      guard format == 1 else { throw KeyFileError.otherFormat(path: path, format: format) }
      return try decoder.decode(Value.self, from: Data(bytes))
    } catch let error as KeyFileError {
      throw error
    } catch {
      throw .badContent(path: path, detail: Envelope.explain(error))
    }
  }

  /// The value as JSON, in the form of the files.
  static func encode(_ value: some Encodable, path: String) throws(KeyFileError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let text = try? encoder.encode(value) else {
      throw .badContent(path: path, detail: "it has no JSON")
    }
    return Array(text) + [UInt8(ascii: "\n")]
  }

  /// Replaces the file, with mode 0600, by the value as JSON; it is on the disk when this returns.
  static func write(_ value: some Encodable, to path: String) throws(KeyFileError) {
    let text = try encode(value, path: path)
    do throws(FileError) {
      try PrivateFile.write(text, to: path)
    } catch {
      throw KeyFileError(error)
    }
  }

  private struct Format: Decodable {
    let format: Int
  }
}
