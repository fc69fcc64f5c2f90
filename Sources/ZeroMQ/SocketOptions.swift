import CZeroMQ

/// Settings of a socket, fixed at its creation. Durations count in milliseconds, rounded up.
package struct SocketOptions: Hashable, Sendable {
  /// The ZMTP heartbeat of a connection (`ZMQ_HEARTBEAT_*`): finds peers that vanished silently.
  package struct Heartbeat: Hashable, Sendable {
    /// The time between two pings to the peer.
    package var interval: Duration
    /// The silence after a ping that ends the connection.
    package var timeout: Duration
    /// The silence after which the peer should end the connection; at most 6553 s.
    package var timeToLive: Duration

    /// Pings every `interval`; both limits default to `timeout`.
    package init(interval: Duration, timeout: Duration, timeToLive: Duration? = nil) {
      self.interval = interval
      self.timeout = timeout
      self.timeToLive = timeToLive ?? timeout
    }
  }

  /// The largest frame in bytes that a peer may send; a larger one ends its connection (`ZMQ_MAXMSGSIZE`).
  /// Does not hold for `inproc`.
  package var maximumMessageSize: Int

  /// How long closing keeps trying to deliver what was sent; zero drops it.
  package var linger: Duration = .zero

  /// How many messages may wait for one peer before sending blocks or, for PUB, drops. 0 is without limit.
  package var sendHighWaterMark: Int = 1000

  /// How many messages from one peer may wait to be received. 0 is without limit.
  package var receiveHighWaterMark: Int = 1000

  /// The name under which ROUTER peers know this socket, 1 to 255 bytes; nil lets each peer choose one.
  /// A ROUTER ignores a second connection of the same identity. A first byte of zero is libzmq's own.
  package var routingIdentity: [UInt8]?

  /// Whether a ROUTER says so (`isHostUnreachable`) when it doesn't know a message's addressee, or drops silently.
  package var routerMandatory = true

  /// The longest time a connection may take to open before it is dropped; zero is without limit.
  package var handshakeInterval: Duration = .seconds(10)

  /// How many connections may wait to be accepted (`ZMQ_BACKLOG`; the system may allow fewer).
  package var backlog = 1024

  /// The heartbeat of connections; nil is none.
  package var heartbeat: Heartbeat?

  /// The time before a lost connection is tried again.
  package var reconnectInterval: Duration = .milliseconds(100)

  /// The bound up to which that time doubles with each failure; nil doesn't double.
  package var maximumReconnectInterval: Duration?

  /// Whether messages queue only for peers that are connected, rather than for those that will be.
  package var immediate = false

  /// Default settings with frames of at most `maximumMessageSize` bytes.
  package init(maximumMessageSize: Int) {
    self.maximumMessageSize = maximumMessageSize
  }
}

extension SocketOptions {
  /// Sets every option on a new socket.
  func apply(to socket: UnsafeMutableRawPointer, kind: SocketKind) throws(ZeroMQError) {
    guard maximumMessageSize >= 0 else {
      throw ZeroMQError(operation: "limit frames to \(maximumMessageSize) bytes", code: EINVAL)
    }
    try set(socket, ZMQ_MAXMSGSIZE, Int64(maximumMessageSize), "maximum message size")
    try set(socket, ZMQ_LINGER, linger.wholeMilliseconds, "linger")
    try set(socket, ZMQ_SNDHWM, count(sendHighWaterMark), "send high-water mark")
    try set(socket, ZMQ_RCVHWM, count(receiveHighWaterMark), "receive high-water mark")
    try set(socket, ZMQ_HANDSHAKE_IVL, handshakeInterval.wholeMilliseconds, "handshake interval")
    try set(socket, ZMQ_BACKLOG, count(backlog), "backlog")
    try set(socket, ZMQ_RECONNECT_IVL, reconnectInterval.wholeMilliseconds, "reconnect interval")
    try set(socket, ZMQ_IMMEDIATE, flag(immediate), "immediate")
    if let maximumReconnectInterval {
      let value = maximumReconnectInterval.wholeMilliseconds
      try set(socket, ZMQ_RECONNECT_IVL_MAX, value, "maximum reconnect interval")
    }
    if let heartbeat {
      try set(socket, ZMQ_HEARTBEAT_IVL, heartbeat.interval.wholeMilliseconds, "heartbeat interval")
      try set(socket, ZMQ_HEARTBEAT_TIMEOUT, heartbeat.timeout.wholeMilliseconds, "heartbeat timeout")
      try set(socket, ZMQ_HEARTBEAT_TTL, heartbeat.timeToLive.wholeMilliseconds, "heartbeat time to live")
    }
    if kind == .router {
      try set(socket, ZMQ_ROUTER_MANDATORY, flag(routerMandatory), "router mandatory")
    }
    if let routingIdentity {
      try retryingInterrupted("set a routing identity of \(routingIdentity.count) bytes") {
        zmq_setsockopt(socket, ZMQ_ROUTING_ID, routingIdentity, routingIdentity.count)
      }
    }
  }

  /// Out of range becomes -1, which libzmq refuses.
  private func count(_ value: Int) -> Int32 { Int32(exactly: value) ?? -1 }

  private func flag(_ value: Bool) -> Int32 { value ? 1 : 0 }
}

/// Sets one numeric option; `name` is for the error.
func set<Value: FixedWidthInteger>(
  _ socket: UnsafeMutableRawPointer, _ option: Int32, _ value: Value, _ name: String
) throws(ZeroMQError) {
  try retryingInterrupted("set the socket option “\(name)” to \(value)") {
    withUnsafeBytes(of: value) { zmq_setsockopt(socket, option, $0.baseAddress, $0.count) }
  }
}
