import CZeroMQ

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
    try set(socket, ZMQ_IPV6, flag(ipv6), "IPv6")
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
