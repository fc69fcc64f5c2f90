import Glibc

/// Ends connections that send much before they are authenticated. `ZMQ_MAXMSGSIZE` can't: it holds for the frames of a
/// handshake as for all others, and libzmq keeps what has come of a frame until it is whole.
///
/// Of the end of a handshake libzmq tells, but not whose it was. What the server has sent tells it: at most 246 bytes
/// before a peer is authenticated (greeting, WELCOME, ERROR: ZeroMQ RFC 23 and 26), at least 285 when it is (greeting,
/// WELCOME, READY); and an authenticated peer sends nothing more before it has, and so has acknowledged, READY.
struct FloodWatch {
  /// A whole handshake has less than 2 kB.
  static let mostBytes = 64 << 10
  /// The time between two looks.
  static let interval = Duration.milliseconds(20)
  private static let mostAcknowledgedBytes = 256

  private var unproven: Set<Int32> = []
  private var ended: Set<Int32> = []
  private var due = ContinuousClock.now

  /// Whether there is anything to look at.
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

  /// Ends the connections that flood now; does nothing if the last look was less than ``interval`` ago.
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

/// How much a TCP connection has carried, as Linux counts it.
struct ConnectionBytes {
  /// Bytes that have come.
  let received: UInt64
  /// Bytes that the other side has acknowledged.
  let acknowledged: UInt64

  /// `nil` if it is no TCP connection, or the system doesn't count.
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
