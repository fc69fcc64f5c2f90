import CZeroMQ
import Glibc

/// Finds in the events of a socket (`zmq_socket_monitor`) the connections that failed before they were
/// authenticated: libzmq asks nobody about those and says nothing.
///
/// A failure is told before the end of its connection, and only the end names the connection. Peers that don't speak
/// ZeroMQ at all end without a failure; that is told from an ordinary end by no handshake having succeeded since they
/// came.
struct HandshakeEvents {
  /// What to watch.
  static let watched =
    ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_MONITOR_STOPPED
    | failures

  private static let failures =
    ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
    | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH

  private enum Failure {
    /// The authenticator has reported it.
    case authentication
    case other(Denial.Reason)
  }

  private let address: (Int32) -> String?
  private var peers: [Int32: String] = [:]
  private var shaking: Set<Int32> = []
  private var failure: Failure?
  /// Ends what sends too much meanwhile.
  var floods = FloodWatch()

  /// - Parameter address: The address of the peer of a connection, by its file descriptor.
  init(address: @escaping (Int32) -> String? = peerAddress) {
    self.address = address
  }

  /// Takes the next event: its number and value.
  ///
  /// - Returns: The connection that it ends without authentication, if it does.
  mutating func take(_ event: Int32, value: UInt32) -> Denial? {
    let connection = Int32(bitPattern: value)
    switch event {
    case ZMQ_EVENT_ACCEPTED:
      peers[connection] = address(connection)
      shaking.insert(connection)
      floods.add(connection)
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: shaking.removeAll()
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: failure = .authentication
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: failure = .other(.incompleteHandshake)
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
      let isOtherMechanism = value == UInt32(ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH)
      failure = .other(isOtherMechanism ? .wrongMechanism : .badHandshake)
    case ZMQ_EVENT_DISCONNECTED: return end(of: connection)
    default: break
    }
    return nil
  }

  private mutating func end(of connection: Int32) -> Denial? {
    defer { failure = nil }
    let peer = peers.removeValue(forKey: connection)
    let wasShaking = shaking.remove(connection) != nil
    if floods.remove(connection) { return Denial(reason: .flood, peer: peer) }
    switch failure {
    case .authentication: return nil
    case .other(let reason): return Denial(reason: reason, peer: peer)
    case nil: return wasShaking ? Denial(reason: .otherProtocol, peer: peer) : nil
    }
  }
}

/// The IP address of the other end of a TCP connection. The connection may have ended already: then there is none.
func peerAddress(of connection: Int32) -> String? {
  var address = sockaddr_storage()
  var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
  var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
  let isKnown = withUnsafeMutablePointer(to: &address) { storage in
    storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
      getpeername(connection, pointer, &size) == 0
        && [AF_INET, AF_INET6].contains(Int32(pointer.pointee.sa_family))
        && getnameinfo(pointer, size, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST) == 0
    }
  }
  guard isKnown else { return nil }
  return String(decoding: host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
