import CheckedJSON
import Foundation

/// Files that nobody but their owner can read, and that appear whole or not at all.
enum PrivateFile {
  /// Large enough for thousands of keys.
  private static let maximumBytes = 8 << 20

  /// The file's content and its permissions.
  static func read(_ path: String) throws(KeyFileError) -> (bytes: [UInt8], mode: UInt32) {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw .unreadable(path: path, code: errno) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw .unreadable(path: path, code: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .badContent(path: path, detail: "it is no file") }
    guard status.st_size <= maximumBytes else {
      throw .badContent(path: path, detail: "it has \(status.st_size) bytes")
    }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeMutableBytes {
        Glibc.read(file, $0.baseAddress.map { $0 + done }, $0.count - done)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(path: path, code: errno) }
      if count == 0 { break }
      done += count
    }
    return (Array(bytes.prefix(done)), status.st_mode & 0o7777)
  }

  /// The value in a JSON file whose `format` is 1.
  ///
  /// - Parameter holdsSecrets: Whether nobody else may be able to read the file.
  static func read<Value: Decodable>(
    _ path: String, as type: Value.Type, holdsSecrets: (Value) -> Bool
  ) throws(KeyFileError) -> Value {
    let (bytes, mode) = try read(path)
    let value = try decode(bytes, as: type, path: path)
    if holdsSecrets(value), mode & 0o077 != 0, !isCredential(path, mode) {
      throw .readableByOthers(path: path, mode: mode)
    }
    return value
  }

  /// Whether systemd holds the file for this service. It grants access by an access-control list, which shows as the group's.
  private static func isCredential(_ path: String, _ mode: UInt32) -> Bool {
    guard let folder = getenv("CREDENTIALS_DIRECTORY").map({ String(cString: $0) }), !folder.isEmpty else {
      return false
    }
    return path.hasPrefix(folder + "/") && mode & 0o037 == 0
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

  /// The value as JSON, as it is written to files.
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
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    do throws(BlobError) {
      let file = try TemporaryFile(in: folder)
      try file.append(text)
      try file.rename(to: path, mode: 0o600)
    } catch {
      guard case .system(_, let code) = error else { throw .unwritable(path: path, code: EIO) }
      throw .unwritable(path: path, code: code)
    }
  }

  private struct Format: Decodable {
    let format: Int
  }
}
