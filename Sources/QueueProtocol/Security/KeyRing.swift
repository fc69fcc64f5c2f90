import Files
import Foundation
import ZeroMQ

/// The keys of a coordinator: its own pair, and the public keys of the workers and clients that it knows. It is kept
/// in `keys.json` in the coordinator's state folder (mode 0600), which a running coordinator reads again when it changes.
package struct KeyRing: Hashable, Sendable, Codable {
  /// A key that is or was admitted.
  package struct Key: Hashable, Sendable, Codable {
    /// Its name; one of its role that was ever used is never used again.
    package var name: String
    /// The holder's rights.
    package var role: KeyRole
    /// The public half; the holder proves possession of the secret half.
    package var publicKey: CurvePublicKey
    /// When it was made.
    package var created: Date
    /// When it was revoked; nil if it is admitted.
    package var revoked: Date?

    /// As whom its holder's messages come.
    package var userID: String { role.userID(name) }
  }

  /// The format of the file.
  package private(set) var format = 1
  /// The coordinator's own key pair.
  package private(set) var server: CurveSecretKey
  /// All keys, in the order in which they were made.
  package private(set) var keys: [Key] = []

  /// The path of the file in a state folder.
  package static func path(inState folder: String) -> String { folder + "/keys.json" }

  /// A ring with a new server key and no others.
  ///
  /// - Throws: `ZeroMQError` when libzmq was built without CURVE.
  package init() throws(ZeroMQError) { server = try CurveKeyPair.generate().secretKey }

  /// The coordinator's pair.
  package var serverKeys: CurveKeyPair { get throws(ZeroMQError) { try CurveKeyPair(secretKey: server) } }

  /// Adds a key of this name for a new pair, and gives the pair away: the ring keeps its public half only.
  ///
  /// - Throws: `KeyFileError.badName`, `.nameTaken`; `ZeroMQError` when libzmq was built without CURVE.
  package mutating func add(_ role: KeyRole, name: String, at now: Date = .now) throws
    -> ConnectionFile.Credentials
  {
    guard KeyName.isValid(name) else { throw KeyFileError.badName(name) }
    if let other = keys.first(where: { $0.role == role && $0.name == name }) {
      throw KeyFileError.nameTaken(name, role: role, isRevoked: other.revoked != nil)
    }
    let pair = try CurveKeyPair.generate()
    keys.append(Key(name: name, role: role, publicKey: pair.publicKey, created: now.wholeSeconds))
    return ConnectionFile.Credentials(name: name, keys: pair)
  }

  /// Revokes every key of this name, a worker's and a client's.
  ///
  /// - Returns: Those that were revoked.
  /// - Throws: `KeyFileError.noSuchName`.
  @discardableResult
  package mutating func revoke(_ name: String, at now: Date = .now) throws(KeyFileError) -> [Key] {
    let named = keys.indices.filter { keys[$0].name == name }
    let open = named.filter { keys[$0].revoked == nil }
    guard !open.isEmpty else { throw .noSuchName(name, isRevoked: !named.isEmpty) }
    for index in open { keys[index].revoked = now.wholeSeconds }
    return open.map { keys[$0] }
  }

  /// The keys as the authenticator needs them.
  package var admitted: AdmittedKeys {
    var admitted = AdmittedKeys()
    for key in keys {
      if key.revoked == nil {
        admitted.users[key.publicKey] = key.userID
      } else {
        admitted.revoked[key.publicKey] = key.userID
      }
    }
    return admitted
  }

  /// Whether these credentials are admitted in this role.
  func admits(_ credentials: ConnectionFile.Credentials, as role: KeyRole) -> Bool {
    keys.contains { $0.role == role && $0.publicKey == credentials.publicKey && $0.revoked == nil }
  }
}

extension Date {
  /// As the file keeps it.
  fileprivate var wholeSeconds: Date { Date(timeIntervalSince1970: timeIntervalSince1970.rounded(.down)) }
}

/// The rights of a key's holder.
package enum KeyRole: String, Hashable, Sendable, Codable, CaseIterable {
  /// Takes jobs and brings results.
  case worker
  /// Submits, watches and cancels studies, and fetches results.
  case client

  /// The user id of the holder of this role's key of this name; see `KeyName`.
  func userID(_ name: String) -> String { "\(rawValue):\(name)" }

  /// The role in a user id.
  init?(userID: String) {
    guard let colon = userID.firstIndex(of: ":") else { return nil }
    self.init(rawValue: String(userID[..<colon]))
  }
}

/// Whether the holder of a key of this role may say a message of this type: a worker's key takes jobs and can't
/// submit or cancel, a client's can't take jobs.
package func mayUse(_ role: KeyRole, messageType: String) -> Bool {
  ClientCall.types.contains(messageType) == (role == .client)
}

/// A key's name: 1 to 64 of the letters a–z and A–Z, digits, `.`, `_` and `-`.
enum KeyName {
  static func isValid(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }
}

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
