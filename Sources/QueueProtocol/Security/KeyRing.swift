import Foundation
import ZeroMQ

/// The keys of a coordinator: its own pair, and the public keys of the workers and clients that it knows. It is kept
/// in `keys.json` in the coordinator's state folder (mode 0600), which a running coordinator reads again when it changes.
package struct KeyRing: Hashable, Sendable, Codable {
  /// A key that is or was admitted.
  package struct Key: Hashable, Sendable, Codable {
    /// Its name; one of its role that was ever used is never used again.
    package var name: String
    /// What its holder may do.
    package var role: KeyRole
    /// What its holder proves to hold.
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
  /// What the coordinator proves its identity with.
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

  /// What the authenticator needs to know.
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
