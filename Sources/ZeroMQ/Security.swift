/// How a connection is protected. `bind` and `connect` ask for it each time, so nothing is open by oversight.
public struct Security: Hashable, Sendable {
  private enum Mechanism: Hashable, Sendable {
    case loopback
    case insecure
  }

  private let mechanism: Mechanism

  /// No encryption, and only addresses within this host (see `Endpoint.isLoopback`).
  public static let loopback = Security(mechanism: .loopback)

  /// No encryption and no authentication on any address: whoever reaches the port can send and listen.
  public static let insecure = Security(mechanism: .insecure)

  /// Readies a socket for the use of `endpoint`, or refuses it.
  func admit(_ endpoint: Endpoint) throws(EndpointError) {
    switch mechanism {
    case .loopback: if !endpoint.isLoopback { throw .notLoopback(endpoint) }
    case .insecure: break
    }
  }
}
