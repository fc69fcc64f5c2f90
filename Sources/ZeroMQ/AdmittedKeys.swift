/// Which public keys an `Authenticator` lets in, and as whom.
package struct AdmittedKeys: Hashable, Sendable {
  /// The user id of each key that is let in; `Message.userID` of what its holder sends. Not empty, at most 255 bytes.
  package var users: [CurvePublicKey: String]

  /// The user id of each key that was let in once and no longer is.
  package var revoked: [CurvePublicKey: String]

  /// The user ids of `users`.
  package var userIDs: Set<String> { Set(users.values) }

  /// Lets in `users`; a key that is also in `revoked` is refused.
  package init(users: [CurvePublicKey: String] = [:], revoked: [CurvePublicKey: String] = [:]) {
    (self.users, self.revoked) = (users, revoked)
  }

  /// The user id of who proved to hold `key`, or why he is refused.
  func judge(_ key: CurvePublicKey) -> Result<String, Denial.Reason> {
    if let user = revoked[key] { return .failure(.revokedKey(key, user: user)) }
    guard let user = users[key] else { return .failure(.unknownKey(key)) }
    return .success(user)
  }
}

/// A connection that was refused; it got and gave nothing.
package struct Denial: Hashable, Sendable, CustomStringConvertible {
  /// Why a connection was refused.
  package enum Reason: Error, Hashable, Sendable {
    /// It proved to hold this key, but the key is not known.
    case unknownKey(CurvePublicKey)
    /// It proved to hold this key, which was revoked.
    case revokedKey(CurvePublicKey, user: String)
    /// It speaks ZeroMQ, but without encryption or with a password.
    case wrongMechanism
    /// It does not know this server's public key, or its handshake was damaged.
    case badHandshake
    /// It ended, or said too little in the time allowed, before the handshake was complete.
    case incompleteHandshake
    /// It speaks another protocol, or sent a frame that is too large.
    case otherProtocol
    /// It sent more than 64 KiB before it was authenticated.
    case flood
    /// libzmq asked in a way that this version does not understand.
    case malformedRequest
  }

  /// Why.
  package let reason: Reason

  /// The address of the peer's host, if it is known.
  package let peer: String?

  /// A refusal of a connection from `peer`.
  package init(reason: Reason, peer: String?) { (self.reason, self.peer) = (reason, peer) }

  /// For people: who was refused and why.
  package var description: String {
    "refused a connection\(peer.map { " from \($0)" } ?? ""): \(reason.text)"
  }
}

extension Denial.Reason {
  fileprivate var text: String {
    switch self {
    case .unknownKey(let key): "its key \(key) is not known"
    case .revokedKey(_, let user): "its key, that of \(user), was revoked"
    case .wrongMechanism: "it does not use keys (CURVE)"
    case .badHandshake: "it does not know this server's public key, or its handshake was damaged"
    case .incompleteHandshake: "it ended or was silent before its handshake was complete"
    case .otherProtocol: "it does not speak this protocol"
    case .flood: "it sent more than \(FloodWatch.mostBytes >> 10) KiB before its handshake was complete"
    case .malformedRequest: "libzmq's request for authentication was malformed"
    }
  }
}
