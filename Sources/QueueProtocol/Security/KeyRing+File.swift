import Files
import Foundation

extension KeyRing {
  /// The ring in a state folder; nil if there is none yet.
  ///
  /// - Throws: `KeyFileError`, also when others can read the file.
  package static func read(inState folder: String) throws(KeyFileError) -> KeyRing? {
    let path = path(inState: folder)
    let ring: KeyRing
    do throws(KeyFileError) {
      ring = try KeyFile.read(path, as: KeyRing.self) { _ in true }
    } catch {
      if error == .unreadable(path: path, code: ENOENT) { return nil }
      throw error
    }
    for key in ring.keys where !KeyName.isValid(key.name) {
      throw .badContent(path: path, detail: KeyFileError.badName(key.name).description)
    }
    return ring
  }

  /// Changes the ring in a state folder, which is made, with a new server key, if need be. Others that change it at
  /// the same time wait for each other.
  ///
  /// - Throws: What `change` throws, and then nothing is written; `KeyFileError`; `ZeroMQError` when libzmq was built
  ///   without CURVE.
  package static func update<Value>(
    inState folder: String, _ change: (inout KeyRing) throws -> Value
  ) throws -> Value {
    let lock: FileLock
    do throws(FileError) {
      try Folder.makeOne(folder, mode: 0o700)
      lock = try FileLock(waitingFor: folder + "/keys.lock")
    } catch {
      throw KeyFileError(error)
    }
    defer { withExtendedLifetime(lock) {} }
    let old = try read(inState: folder)
    var ring = try old ?? KeyRing()
    let value = try change(&ring)
    if ring != old { try KeyFile.write(ring, to: path(inState: folder)) }
    return value
  }
}
