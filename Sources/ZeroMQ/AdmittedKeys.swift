/// Which public keys an `Authenticator` lets in, and as whom.
package struct AdmittedKeys: Hashable, Sendable {
  /// The user id of each key that is let in; `Message.userID` of what its holder sends. Not empty, at most 255 bytes.
  package var users: [CurvePublicKey: String]

  /// The user id of each key that was let in once and no longer is.
  package var revoked: [CurvePublicKey: String]

  /// The user ids of `users`.
  package var userIDs: Set<String> { Set(users.values) }

  /// A key in both `users` and `revoked` is refused.
  package init(users: [CurvePublicKey: String] = [:], revoked: [CurvePublicKey: String] = [:]) {
    (self.users, self.revoked) = (users, revoked)
  }

  /// The user ID of a peer that has proved to hold `key`, or the reason to refuse it.
  func judge(_ key: CurvePublicKey) -> Result<String, Denial.Reason> {
    if let user = revoked[key] { return .failure(.revokedKey(key, user: user)) }
    guard let user = users[key] else { return .failure(.unknownKey(key)) }
    return .success(user)
  }
}

/// A refused connection, over which no message was sent or received.
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

  package let reason: Reason

  /// The address of the peer's host, if it is known.
  package let peer: String?

  /// A refusal of a connection from `peer`.
  package init(reason: Reason, peer: String?) { (self.reason, self.peer) = (reason, peer) }

  package var description: String {
    "refused a connection\(peer.map { " from \($0)" } ?? ""): \(reason.text)"
  }
}

extension Denial.Reason {
  fileprivate var text: String {
    switch self {
    case .unknownKey(let key): "unknown key \(key)"
    case .revokedKey(_, let user): "the key of \(user) was revoked"
    case .wrongMechanism: "it does not use keys (CURVE)"
    case .badHandshake: "it does not know this server's public key, or its handshake was damaged"
    case .incompleteHandshake: "it ended or fell silent before its handshake was complete"
    case .otherProtocol: "it does not speak this protocol"
    case .flood: "it sent more than \(FloodWatch.mostBytes >> 10) KiB before its handshake was complete"
    case .malformedRequest: "libzmq's request for authentication was malformed"
    }
  }
}

/// libzmq's request whether a peer may connect (ZeroMQ RFC 27, ZAP 1.0): after the envelope the frames
/// version, request id, domain, address, routing id, mechanism, credentials.
struct ZapRequest {
  /// The frames that route the answer back: the routing identity and everything up to the empty delimiter.
  let envelope: [Frame]
  let id: Frame
  /// The peer's IP address.
  let peer: String?
  /// The key that the peer has proved to hold; nil if the mechanism isn't CURVE.
  let key: CurvePublicKey?
  let isCurve: Bool
  let isMalformed: Bool

  /// nil if the frames don't even have an envelope and a request ID to answer to.
  init?(_ message: Message) {
    let frames = message.frames
    guard let delimiter = frames.dropFirst().firstIndex(of: Frame()), frames.count >= delimiter + 3 else {
      return nil
    }
    envelope = Array(frames[...delimiter])
    let body = Array(frames[(delimiter + 1)...])
    id = body[1]
    peer = body.count > 3 ? body[3].text.flatMap { $0.isEmpty ? nil : $0 } : nil
    let mechanism = body.count > 5 ? body[5].text : nil
    isCurve = mechanism == "CURVE"
    key = isCurve && body.count == 7 ? CurvePublicKey(bytes: body[6].bytes) : nil
    isMalformed = body[0].text != "1.0" || body.count < 6 || (isCurve && key == nil)
  }

  /// The user id to answer with, or why the peer is refused.
  func judged(by keys: AdmittedKeys) -> Result<String, Denial.Reason> {
    if isMalformed { return .failure(.malformedRequest) }
    guard let key else { return .failure(.wrongMechanism) }
    return keys.judge(key)
  }

  /// The answer: version, request id, status, its text, user id, metadata.
  func reply(_ verdict: Result<String, Denial.Reason>) -> Message {
    let answer: [Frame] =
      switch verdict {
      case .success(let user): ["200", "OK", Frame(user), Frame()]
      case .failure(.malformedRequest): ["500", "malformed request", Frame(), Frame()]
      case .failure: ["400", "not admitted", Frame(), Frame()]
      }
    return Message(envelope + ["1.0", id] + answer)
  }
}
