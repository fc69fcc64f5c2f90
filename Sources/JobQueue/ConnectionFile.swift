import Foundation
import ZeroMQ

/// How to reach a coordinator: a JSON file of mode 0600 that the coordinator writes, and workers and clients read.
public struct ConnectionFile: Hashable, Sendable, Codable {
  /// The format that this program writes and reads.
  public static let currentFormat = 1

  /// The file's format.
  public var format = currentFormat
  /// The coordinator's address, such as `tcp://127.0.0.1:5555`.
  public var address: String

  /// A connection to this address.
  public init(address: String) { self.address = address }

  /// Reads a file.
  ///
  /// - Throws: `ConnectionFileError`.
  public init(path: String) throws(ConnectionFileError) {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ConnectionFileError(
        path: path, problem: "cannot be read: is the coordinator running, and the path right?")
    }
    do {
      self = try JSONDecoder().decode(ConnectionFile.self, from: data)
    } catch {
      throw ConnectionFileError(path: path, problem: "is not a connection file: \(Envelope.explain(error))")
    }
    guard format == Self.currentFormat else {
      throw ConnectionFileError(
        path: path,
        problem: "has format \(format), this program reads \(Self.currentFormat): use the same version")
    }
    do {
      _ = try Endpoint(address)
    } catch {
      throw ConnectionFileError(path: path, problem: "has a bad address: \(error)")
    }
  }

  /// Writes the file so that only its owner can read it; it appears whole or not at all.
  ///
  /// - Throws: `ConnectionFileError`.
  public func write(to path: String) throws(ConnectionFileError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let temporary = "\(path).\(getpid())"
    do {
      let bytes = Array(try encoder.encode(self)) + [10]
      let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
      guard file >= 0 else { throw ConnectionFileError.last(path) }
      defer { close(file) }
      guard fchmod(file, 0o600) == 0, Glibc.write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0,
        rename(temporary, path) == 0
      else {
        let error = ConnectionFileError.last(path)
        unlink(temporary)
        throw error
      }
    } catch let error as ConnectionFileError {
      throw error
    } catch {
      throw ConnectionFileError(path: path, problem: "cannot be written: \(error)")
    }
  }
}

/// A connection file that cannot be used.
public struct ConnectionFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file.
  public var path: String
  /// What is wrong, as a clause.
  public var problem: String

  static func last(_ path: String) -> ConnectionFileError {
    ConnectionFileError(path: path, problem: "cannot be written: \(String(cString: strerror(errno)))")
  }

  /// A sentence for people.
  public var description: String { "\(path) \(problem)" }
}
