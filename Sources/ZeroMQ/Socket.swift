import CZeroMQ

/// One end of conversations with peers.
///
/// A socket belongs to one thread at a time: libzmq aborts the process when two use it at once. It isn't Sendable,
/// so the compiler refuses to share it; it can be made on one thread and given away to another (`sending`).
package final class Socket {
  /// The messaging pattern.
  package let kind: SocketKind

  /// The context, which lives at least as long as the socket.
  package let context: Context

  private var handle: UnsafeMutableRawPointer?
  private var security: Security?
  private var sendTimeout: Int32 = -1
  private var receiveTimeout: Int32 = -1

  /// Opens a socket that isn't connected to anything.
  ///
  /// - Throws: `ZeroMQError` when an option is out of range, the context was terminated, or it has its maximum of
  ///   sockets.
  package init(_ kind: SocketKind, context: Context, options: SocketOptions) throws(ZeroMQError) {
    self.kind = kind
    self.context = context
    guard let handle = zmq_socket(context.handle, kind.number) else {
      throw .last("open a \(kind.rawValue) socket")
    }
    self.handle = handle
    try options.apply(to: handle, kind: kind)
  }

  deinit {
    close()
  }

  /// Closes the socket; what was sent and not delivered is kept for `linger`. A closed socket throws on every use.
  package func close() {
    if let handle { zmq_close(handle) }
    handle = nil
    security = nil
  }

  /// Listens on `address`.
  ///
  /// - Parameter address: `tcp://127.0.0.1:5555`, `ipc:///run/potline.sock` or `inproc://name`. A TCP port of `*`
  ///   or 0, or an ipc path of `*`, lets the system choose. libzmq binds to numbers, `*` and names of interfaces,
  ///   not to host names.
  /// - Returns: The address in full, with the port that the system chose.
  /// - Throws: `EndpointError` when `address` is malformed, or `security` refuses it or is another than before;
  ///   `ZeroMQError` when it is in use or not this host's.
  @discardableResult
  package func bind(to address: String, security: Security) throws -> String {
    let endpoint = try Endpoint(address)
    let socket = try open("bind \(endpoint)")
    try secure(socket, security, for: endpoint)
    try retryingInterrupted("bind \(endpoint)") { zmq_bind(socket, endpoint.description) }
    return try lastEndpoint(socket, capacity: endpoint.description.utf8.count + 256)
  }

  /// Connects to `address`, now or as soon as somebody listens there, and again whenever the connection is lost.
  ///
  /// - Throws: `EndpointError` when `address` is malformed, or `security` refuses it or is another than before;
  ///   `ZeroMQError` when libzmq can't make sense of it. That nobody listens is no error.
  package func connect(to address: String, security: Security) throws {
    let endpoint = try Endpoint(address)
    let socket = try open("connect to \(endpoint)")
    try secure(socket, security, for: endpoint)
    try retryingInterrupted("connect to \(endpoint)") { zmq_connect(socket, endpoint.description) }
  }

  /// Stops listening on `address`, as `bind` returned it; connections that are open stay so.
  package func unbind(_ address: String) throws(ZeroMQError) {
    let socket = try open("unbind \(address)")
    try retryingInterrupted("unbind \(address)") { zmq_unbind(socket, address) }
  }

  /// Ends the connection to `address`, as it was given to `connect`; messages that wait for it are dropped after
  /// `linger`.
  package func disconnect(_ address: String) throws(ZeroMQError) {
    let socket = try open("disconnect from \(address)")
    try retryingInterrupted("disconnect from \(address)") { zmq_disconnect(socket, address) }
  }

  /// Lets a SUB socket receive messages whose first frame begins with `prefix`; the empty one lets all through.
  package func subscribe(to prefix: [UInt8] = []) throws(ZeroMQError) {
    try change(ZMQ_SUBSCRIBE, prefix, "subscribe to a prefix of \(prefix.count) bytes")
  }

  /// Takes back one `subscribe` with the same prefix.
  package func unsubscribe(from prefix: [UInt8] = []) throws(ZeroMQError) {
    try change(ZMQ_UNSUBSCRIBE, prefix, "unsubscribe from a prefix of \(prefix.count) bytes")
  }

  /// Whether peers are known by a user id.
  var identifiesPeers: Bool { security?.identifiesPeers ?? false }

  /// The libzmq socket, or the error that it was closed.
  func open(_ operation: @autoclosure () -> String) throws(ZeroMQError) -> UnsafeMutableRawPointer {
    guard let handle else {
      throw ZeroMQError(operation: "\(operation()) on a closed socket", code: ENOTSOCK)
    }
    return handle
  }

  /// Bounds the next blocking send.
  func setSendTimeout(_ milliseconds: Int32) throws(ZeroMQError) {
    guard sendTimeout != milliseconds else { return }
    try set(open("send"), ZMQ_SNDTIMEO, milliseconds, "send timeout")
    sendTimeout = milliseconds
  }

  /// Bounds the next blocking receive.
  func setReceiveTimeout(_ milliseconds: Int32) throws(ZeroMQError) {
    guard receiveTimeout != milliseconds else { return }
    try set(open("receive"), ZMQ_RCVTIMEO, milliseconds, "receive timeout")
    receiveTimeout = milliseconds
  }

  /// One security a socket: with two it would not be known which peer came by which.
  private func secure(
    _ socket: UnsafeMutableRawPointer, _ new: Security, for endpoint: Endpoint
  ) throws {
    try new.admit(endpoint)
    if let security {
      guard security.isSame(as: new) else { throw EndpointError.otherSecurity(endpoint) }
    } else {
      try new.apply(to: socket, of: context)
      security = new
    }
  }

  private func change(_ option: Int32, _ prefix: [UInt8], _ operation: String) throws(ZeroMQError) {
    let socket = try open(operation)
    try retryingInterrupted(operation) { zmq_setsockopt(socket, option, prefix, prefix.count) }
  }

  private func lastEndpoint(_ socket: UnsafeMutableRawPointer, capacity: Int) throws(ZeroMQError) -> String {
    var bytes = [UInt8](repeating: 0, count: capacity)
    var size = capacity
    try retryingInterrupted("read the bound address") {
      zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, &bytes, &size)
    }
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}

/// Using one socket from two threads aborts the process.
@available(*, unavailable)
extension Socket: Sendable {}
