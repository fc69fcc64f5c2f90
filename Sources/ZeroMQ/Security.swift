import CZeroMQ

/// The protection of a connection: a required argument of `bind` and `connect`, so that nothing is open by oversight.
package struct Security: Sendable {
  private enum Mechanism: Sendable {
    case loopback
    case insecure
    case curveServer(CurveKeyPair, Authenticator)
    case curveClient(CurveKeyPair, server: CurvePublicKey)
  }

  private let mechanism: Mechanism

  /// No encryption, and only addresses within this host (see `Endpoint.isLoopback`).
  package static let loopback = Security(mechanism: .loopback)

  /// No encryption and no authentication on any address: whoever reaches the port can send and listen.
  package static let insecure = Security(mechanism: .insecure)

  /// Encryption, and only peers that `authenticator` admits; for the side that listens. Nothing is encrypted over
  /// `inproc`.
  ///
  /// - Parameters:
  ///   - keys: What the server proves its identity with; peers need to know its public key.
  ///   - authenticator: Of the socket's own context.
  package static func curveServer(_ keys: CurveKeyPair, authenticator: Authenticator) -> Security {
    Security(mechanism: .curveServer(keys, authenticator))
  }

  /// Encryption, and only the server that holds the secret key of `server`; for the side that connects.
  ///
  /// - Parameter keys: What this side proves its identity with; the server needs to admit its public key.
  package static func curveClient(_ keys: CurveKeyPair, server: CurvePublicKey) -> Security {
    Security(mechanism: .curveClient(keys, server: server))
  }

  /// Whether nothing is protected.
  package var isInsecure: Bool {
    if case .insecure = mechanism { true } else { false }
  }

  /// Whether peers are known by a user id.
  var identifiesPeers: Bool {
    if case .curveServer = mechanism { true } else { false }
  }

  /// Whether both have the same mechanism and keys.
  func isSame(as other: Security) -> Bool {
    switch (mechanism, other.mechanism) {
    case (.loopback, .loopback), (.insecure, .insecure): true
    case (.curveServer(let keys, let authenticator), .curveServer(let otherKeys, let otherAuthenticator)):
      keys == otherKeys && authenticator === otherAuthenticator
    case (.curveClient(let keys, let server), .curveClient(let otherKeys, let otherServer)):
      keys == otherKeys && server == otherServer
    default: false
    }
  }

  /// With `.loopback`, refuses an endpoint that other hosts can reach.
  func admit(_ endpoint: Endpoint) throws(EndpointError) {
    if case .loopback = mechanism, !endpoint.isLoopback { throw .notLoopback(endpoint) }
  }

  /// Sets a socket's options before it is first bound or connected.
  func apply(to socket: UnsafeMutableRawPointer, of context: Context) throws {
    switch mechanism {
    case .loopback, .insecure: break
    case .curveServer(let keys, let authenticator):
      guard authenticator.context === context else {
        throw ZeroMQError(operation: "use the authenticator of another context", code: EINVAL)
      }
      try set(socket, ZMQ_CURVE_SERVER, Int32(1), "CURVE server")
      try set(socket, ZMQ_CURVE_SECRETKEY, keys.secretKey.bytes, "secret key")
      try set(socket, ZMQ_ZAP_DOMAIN, Array("potline".utf8), "ZAP domain")
      // Otherwise libzmq would admit everybody while there is no authenticator.
      try set(socket, czmq_zap_enforce_domain, Int32(1), "ZAP domain enforced")
      try authenticator.watch(socket)
    case .curveClient(let keys, let server):
      try set(socket, ZMQ_CURVE_SERVERKEY, server.bytes, "server key")
      try set(socket, ZMQ_CURVE_PUBLICKEY, keys.publicKey.bytes, "public key")
      try set(socket, ZMQ_CURVE_SECRETKEY, keys.secretKey.bytes, "secret key")
    }
  }
}

private func set(
  _ socket: UnsafeMutableRawPointer, _ option: Int32, _ bytes: [UInt8], _ name: String
) throws(ZeroMQError) {
  try retryingInterrupted("set the socket option “\(name)”") {
    zmq_setsockopt(socket, option, bytes, bytes.count)
  }
}
