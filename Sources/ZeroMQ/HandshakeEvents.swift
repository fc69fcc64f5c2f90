import CZeroMQ
import Glibc

/// Finds in the events of a socket (`zmq_socket_monitor`) the connections that failed before authentication, which libzmq
/// doesn't report to the authenticator.
///
/// The event of a failure comes before the end of its connection, and only the end names the connection. Peers that don't
/// speak ZeroMQ at all end without a failure; they differ from an ordinary end in that no handshake has succeeded since they
/// connected.
struct HandshakeEvents {
  /// The mask of events to watch.
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
  /// Ends connections that send too much before authentication.
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

/// Ends connections that send much before they are authenticated. `ZMQ_MAXMSGSIZE` can't do that: it holds for the frames of
/// a handshake as for all others, and libzmq buffers a frame until it is complete.
///
/// libzmq reports the end of a handshake, but not of which connection. The number of bytes sent by the server tells it: at
/// most 246 before a peer is authenticated (greeting, WELCOME, ERROR: ZeroMQ RFC 23 and 26), at least 285 afterwards (greeting,
/// WELCOME, READY); and an authenticated peer sends nothing more before it has received, and so acknowledged, READY.
struct FloodWatch {
  /// A whole handshake has less than 2 kB.
  static let mostBytes = 64 << 10
  /// The time between two checks.
  static let interval = Duration.milliseconds(20)
  private static let mostAcknowledgedBytes = 256

  private var unproven: Set<Int32> = []
  private var ended: Set<Int32> = []
  private var due = ContinuousClock.now

  /// Whether there is nothing to check.
  var isIdle: Bool { unproven.isEmpty }

  /// A connection that was just accepted, by its file descriptor.
  mutating func add(_ connection: Int32) {
    unproven.insert(connection)
    ended.remove(connection)
  }

  /// A connection has ended.
  ///
  /// - Returns: Whether it was for a flood.
  mutating func remove(_ connection: Int32) -> Bool {
    unproven.remove(connection)
    return ended.remove(connection) != nil
  }

  /// Ends the connections that flood now; does nothing if the last check was less than ``interval`` ago.
  mutating func endFloods() {
    guard !unproven.isEmpty, ContinuousClock.now >= due else { return }
    due = .now + Self.interval
    for connection in unproven {
      // A descriptor of our own: libzmq's may be closed, and its number be another's, at any time.
      let own = fcntl(connection, F_DUPFD_CLOEXEC, 0)
      guard own >= 0 else { continue }
      defer { close(own) }
      guard let bytes = ConnectionBytes(of: own), bytes.acknowledged <= Self.mostAcknowledgedBytes else {
        unproven.remove(connection)
        continue
      }
      // Whoever sends so much has acknowledged the greeting; if not, the system doesn't count.
      guard bytes.received > Self.mostBytes, bytes.acknowledged > 0 else { continue }
      unproven.remove(connection)
      ended.insert(connection)
      shutdown(own, Int32(SHUT_RDWR))
    }
  }
}

/// Linux's counts of the bytes of a TCP connection.
struct ConnectionBytes {
  let received: UInt64
  /// Bytes sent and acknowledged by the peer.
  let acknowledged: UInt64

  /// `nil` if it isn't a TCP connection, or the system doesn't count.
  init?(of connection: Int32) {
    // The kernel's `struct tcp_info` (<linux/tcp.h>); that of the C library ends before these.
    let (acknowledgedOffset, receivedOffset) = (120, 128)
    var info = [UInt8](repeating: 0, count: 256)
    var size = socklen_t(info.count)
    guard getsockopt(connection, Int32(IPPROTO_TCP), TCP_INFO, &info, &size) == 0,
      Int(size) >= receivedOffset + 8
    else { return nil }
    (acknowledged, received) = info.withUnsafeBytes {
      (
        $0.loadUnaligned(fromByteOffset: acknowledgedOffset, as: UInt64.self),
        $0.loadUnaligned(fromByteOffset: receivedOffset, as: UInt64.self)
      )
    }
  }
}

/// Notices that a server refused the key of a connecting socket, which libzmq doesn't report. A new socket may be admitted: the
/// server learns of a new key a moment after it was made. Belongs to the socket's thread.
package final class RefusalWatch {
  /// How long to try new sockets before a refusal counts as final: 3 s.
  package static let patience = Duration.seconds(3)

  private let events: Socket
  private var isRefused = false

  /// Watches the handshakes of `socket`, from before it connects.
  ///
  /// - Throws: `ZeroMQError` when the context was terminated or has its maximum of sockets.
  package init(_ socket: Socket) throws {
    events = try Socket.monitor(
      socket.open("watch the handshakes"), events: ZMQ_EVENT_HANDSHAKE_FAILED_AUTH, context: socket.context)
  }

  /// Whether a server has answered that it doesn't admit the key.
  package func hasRefusal() throws -> Bool {
    // Besides the watched event libzmq sends the end of the watched socket.
    while let message = try events.receiveNow() {
      guard let frame = message.frames.first, frame.count >= 2 else { continue }
      let event = frame.bytes.withUnsafeBytes { Int32($0.loadUnaligned(as: UInt16.self)) }
      if event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH { isRefused = true }
    }
    return isRefused
  }
}
