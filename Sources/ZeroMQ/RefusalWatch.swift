import CZeroMQ

/// Knows whether a server has refused the key of a connecting socket, of which libzmq itself says nothing. A new socket may
/// be admitted: a key that has just been made is known a moment later.
/// It belongs to the socket's thread.
package final class RefusalWatch {
  /// How long to try new sockets before a refusal is believed: 3 s.
  package static let patience = Duration.seconds(3)

  private let events: Socket
  private var isRefused = false

  /// Watches the handshakes of `socket`, from before it connects.
  ///
  /// - Throws: `ZeroMQError` when the context was terminated or has its maximum of sockets.
  package init(_ socket: Socket) throws {
    var options = SocketOptions(maximumMessageSize: 64 << 10)
    // libzmq's I/O thread would wait for a slow reader of events.
    options.receiveHighWaterMark = 0
    events = try Socket(.pair, context: socket.context, options: options)
    let watched = try socket.open("watch the handshakes")
    let address = "inproc://refusals-\(UInt(bitPattern: watched))"
    // Connected first: events that nobody can take also stop the I/O thread.
    try events.connect(to: address, security: .loopback)
    try retryingInterrupted("watch the handshakes of a socket") {
      zmq_socket_monitor(watched, address, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
    }
  }

  /// Whether a server has answered that it doesn't admit the key.
  package func hasRefusal() throws -> Bool {
    // The one kind of event that is watched, and the end of the watched socket, which is of no interest.
    while let message = try events.receiveNow() {
      guard let frame = message.frames.first, frame.count >= 2 else { continue }
      let event = frame.bytes.withUnsafeBytes { Int32($0.loadUnaligned(as: UInt16.self)) }
      if event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH { isRefused = true }
    }
    return isRefused
  }
}
