import CZeroMQ

/// A libzmq socket.
///
/// A socket belongs to one thread at a time: libzmq aborts the process when two use it at once. It isn't Sendable,
/// so the compiler refuses to share it; it can be made on one thread and handed to another (`sending`).
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
  /// - Parameters:
  ///   - address: `tcp://127.0.0.1:5555`, `tcp://[::1]:5555`, `tcp://HOSTNAME:5555`, `tcp://eth0:5555`,
  ///     `ipc:///run/potline.sock` or `inproc://name`. A TCP port of `*` or 0, or an ipc path of `*`, lets the system
  ///     choose. `tcp://[::]:5555` takes IPv4 connections too. Of a name with several addresses, the first that can be
  ///     bound is used (see `HostName.addresses`).
  ///   - security: The protection, the same for all addresses of a socket.
  /// - Returns: The address in full, in numbers, with the port that the system chose.
  /// - Throws: `EndpointError` when `address` is malformed or its name doesn't resolve, or `security` refuses it or is
  ///   another than before; `ZeroMQError` when it is in use or not this host's.
  @discardableResult
  package func bind(to address: String, security: Security) throws -> String {
    let endpoint = try Endpoint(address)
    let socket = try open("bind \(endpoint)")
    try secure(socket, security, for: endpoint)
    var failure: (any Error)?
    for target in try endpoint.bindTargets() {
      do {
        try allow(target, socket)
        try retryingInterrupted("bind \(endpoint)") { zmq_bind(socket, target.endpoint.description) }
        return try lastEndpoint(socket, capacity: endpoint.description.utf8.count + 256)
      } catch {
        failure = failure ?? error
      }
    }
    throw failure ?? EndpointError.malformed(address)
  }

  /// Connects to `address`, now or as soon as somebody listens there, and again whenever the connection is lost; a host
  /// name is resolved again each time.
  ///
  /// - Throws: `EndpointError` when `address` is malformed or its name doesn't resolve, or `security` refuses it or is
  ///   another than before; `ZeroMQError` when libzmq doesn't understand it. It isn't an error if nobody listens yet.
  package func connect(to address: String, security: Security) throws {
    let endpoint = try Endpoint(address)
    let socket = try open("connect to \(endpoint)")
    try secure(socket, security, for: endpoint)
    let target = try endpoint.connectTarget()
    try allow(target, socket)
    try retryingInterrupted("connect to \(endpoint)") { zmq_connect(socket, target.endpoint.description) }
  }

  /// Sets whether the next address may be an IPv6 one: with the option on, libzmq resolves names to IPv6 alone.
  private func allow(_ target: Endpoint.Target, _ socket: UnsafeMutableRawPointer) throws(ZeroMQError) {
    try set(socket, ZMQ_IPV6, Int32(target.isIPv6 ? 1 : 0), "IPv6")
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

  /// Undoes one `subscribe` with the same prefix.
  package func unsubscribe(from prefix: [UInt8] = []) throws(ZeroMQError) {
    try change(ZMQ_UNSUBSCRIBE, prefix, "unsubscribe from a prefix of \(prefix.count) bytes")
  }

  /// The libzmq socket, or the error that it was closed.
  func open(_ operation: @autoclosure () -> String) throws(ZeroMQError) -> UnsafeMutableRawPointer {
    guard let handle else {
      throw ZeroMQError(operation: "\(operation()) on a closed socket", code: ENOTSOCK)
    }
    return handle
  }

  /// Bounds the next blocking send.
  private func setSendTimeout(_ milliseconds: Int32) throws(ZeroMQError) {
    guard sendTimeout != milliseconds else { return }
    try set(open("send"), ZMQ_SNDTIMEO, milliseconds, "send timeout")
    sendTimeout = milliseconds
  }

  /// Bounds the next blocking receive.
  private func setReceiveTimeout(_ milliseconds: Int32) throws(ZeroMQError) {
    guard receiveTimeout != milliseconds else { return }
    try set(open("receive"), ZMQ_RCVTIMEO, milliseconds, "receive timeout")
    receiveTimeout = milliseconds
  }

  /// A socket has one security: with two, nobody could tell which of them a peer has passed.
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

extension Socket {
  /// Hands `message` to libzmq if it can take it immediately.
  ///
  /// - Returns: false if it can't (high-water mark reached, or no peer yet); then nothing was sent.
  /// - Throws: `ZeroMQError`; with `isHostUnreachable` if a ROUTER has no peer of that identity, with EINVAL if
  ///   `message` has no frames, or on a ROUTER only the identity.
  package func sendNow(_ message: Message) throws(ZeroMQError) -> Bool {
    let socket = try sender(of: message)
    return try send(message, to: socket, firstFlags: ZMQ_DONTWAIT)
  }

  /// Hands `message` to libzmq, waiting up to `timeout` (nil: without limit) until it can take it.
  ///
  /// - Returns: false if the time ran out; then nothing was sent.
  /// - Throws: As `sendNow` does; with `isTerminated` if the context was terminated meanwhile.
  @discardableResult
  package func send(_ message: Message, timeout: Duration? = nil) throws(ZeroMQError) -> Bool {
    let socket = try sender(of: message)
    let deadline = Deadline(after: timeout)
    while true {
      try setSendTimeout(deadline.milliseconds)
      if try send(message, to: socket, firstFlags: 0) { return true }
      if deadline.hasPassed { return false }
    }
  }

  private func sender(of message: Message) throws(ZeroMQError) -> UnsafeMutableRawPointer {
    guard !message.frames.isEmpty else {
      throw ZeroMQError(operation: "send a message without frames", code: EINVAL)
    }
    guard kind != .router || message.frames.count > 1 else {
      throw ZeroMQError(operation: "send a message with nothing after the routing identity", code: EINVAL)
    }
    return try open("send")
  }

  /// Only the first frame may have to wait. If the peer is lost between two frames, libzmq takes back those before,
  /// drops those after, and says EAGAIN for the one between: so the rest is handed over nevertheless.
  private func send(
    _ message: Message, to socket: UnsafeMutableRawPointer, firstFlags: Int32
  ) throws(ZeroMQError) -> Bool {
    var isWhole = true
    for (index, frame) in message.frames.enumerated() {
      let more = index < message.frames.count - 1 ? ZMQ_SNDMORE : 0
      let wait = index == 0 ? firstFlags : ZMQ_DONTWAIT
      if try send(frame, to: socket, flags: more | wait, waits: index == 0) { continue }
      if index == 0 { return false }
      isWhole = false
    }
    return isWhole
  }

  /// False on EAGAIN.
  private func send(
    _ frame: Frame, to socket: UnsafeMutableRawPointer, flags: Int32, waits: Bool
  ) throws(ZeroMQError) -> Bool {
    let result = frame.withMessage { part -> Result<Bool, ZeroMQError> in
      while zmq_msg_send(part, socket, flags) < 0 {
        let error = ZeroMQError.last("send")
        if error.isAgain { return .success(false) }
        if error.code != EINTR { return .failure(error) }
        // The wait is over for the caller to start again with what is left of its time.
        if waits && flags & ZMQ_DONTWAIT == 0 { return .success(false) }
      }
      return .success(true)
    }
    return try result.get()
  }
}

extension Frame {
  /// Copies the bytes into a libzmq message for `body`, which may hand it over.
  fileprivate func withMessage(
    _ body: (UnsafeMutablePointer<zmq_msg_t>) -> Result<Bool, ZeroMQError>
  ) -> Result<Bool, ZeroMQError> {
    withUnsafeTemporaryAllocation(of: zmq_msg_t.self, capacity: 1) { storage in
      guard let part = storage.baseAddress, zmq_msg_init_size(part, count) == 0 else {
        return .failure(.last("send a frame of \(count) bytes"))
      }
      defer { zmq_msg_close(part) }
      bytes.withUnsafeBytes { source in
        if let start = source.baseAddress {
          zmq_msg_data(part).copyMemory(from: start, byteCount: source.count)
        }
      }
      return body(part)
    }
  }
}

extension Socket {
  /// Takes the next message if one has arrived.
  ///
  /// - Returns: nil if there is none.
  /// - Throws: `OversizedMessageError` for a message beyond `limits`, which is dropped whole; `ZeroMQError`.
  package func receiveNow(limits: MessageLimits = MessageLimits()) throws -> Message? {
    try receive(from: open("receive"), limits: limits, firstFlags: ZMQ_DONTWAIT)
  }

  /// Takes the next message, waiting up to `timeout` (nil: without limit) for it.
  ///
  /// - Returns: nil if the time ran out.
  /// - Throws: `OversizedMessageError` for a message beyond `limits`, which is dropped whole; `ZeroMQError`, with
  ///   `isTerminated` if the context was terminated meanwhile.
  package func receive(limits: MessageLimits = MessageLimits(), timeout: Duration? = nil) throws -> Message? {
    let socket = try open("receive")
    let deadline = Deadline(after: timeout)
    while true {
      try setReceiveTimeout(deadline.milliseconds)
      if let message = try receive(from: socket, limits: limits, firstFlags: 0) { return message }
      if deadline.hasPassed { return nil }
    }
  }

  /// Always reads a message to its end. libzmq delivers all frames of a message or none, so only the first one may
  /// have to be waited for.
  private func receive(
    from socket: UnsafeMutableRawPointer, limits: MessageLimits, firstFlags: Int32
  ) throws -> Message? {
    try withUnsafeTemporaryAllocation(of: zmq_msg_t.self, capacity: 1) { storage in
      guard let part = storage.baseAddress else { return nil }
      zmq_msg_init(part)
      defer { zmq_msg_close(part) }
      guard try receive(part, from: socket, flags: firstFlags, isFirst: true) else { return nil }

      var userID = userID(of: part)
      var intake = Intake(limits: limits)
      intake.take(part)
      while zmq_msg_more(part) != 0 {
        guard try receive(part, from: socket, flags: ZMQ_DONTWAIT, isFirst: false) else {
          throw ZeroMQError(operation: "receive the rest of a message", code: EAGAIN)
        }
        intake.take(part)
        // A ROUTER that was polled leaves it out of the first frame, the peer's identity.
        userID = userID ?? self.userID(of: part)
      }
      var message = try intake.message()
      message.userID = userID
      return message
    }
  }

  private func userID(of part: UnsafeMutablePointer<zmq_msg_t>) -> String? {
    security?.identifiesPeers == true ? zmq_msg_gets(part, "User-Id").map { String(cString: $0) } : nil
  }

  /// False on EAGAIN, and when a signal ended a wait, for the caller to start again with what is left of its time.
  private func receive(
    _ part: UnsafeMutablePointer<zmq_msg_t>, from socket: UnsafeMutableRawPointer, flags: Int32, isFirst: Bool
  ) throws(ZeroMQError) -> Bool {
    while zmq_msg_recv(part, socket, flags) < 0 {
      let error = ZeroMQError.last("receive")
      if error.isAgain { return false }
      if error.code != EINTR { throw error }
      if isFirst && flags & ZMQ_DONTWAIT == 0 { return false }
    }
    return true
  }
}

/// The frames of one message while they arrive: kept as long as they are within the limits, then only counted.
private struct Intake {
  let limits: MessageLimits
  private var frames: [Frame] = []
  private var frameCount = 0
  private var byteCount = 0

  init(limits: MessageLimits) {
    self.limits = limits
  }

  private var isWithinLimits: Bool { frameCount <= limits.frames && byteCount <= limits.bytes }

  mutating func take(_ part: UnsafeMutablePointer<zmq_msg_t>) {
    let size = zmq_msg_size(part)
    frameCount += 1
    byteCount += size
    if isWithinLimits {
      frames.append(Frame(Array(UnsafeRawBufferPointer(start: zmq_msg_data(part), count: size))))
    } else if frames.count > 1 {
      frames.removeSubrange(1...)
    }
  }

  func message() throws(OversizedMessageError) -> Message {
    if isWithinLimits { return Message(frames) }
    throw OversizedMessageError(
      limits: limits, frameCount: frameCount, byteCount: byteCount, firstFrame: frames.first)
  }
}

extension Socket {
  /// A socket that receives the events of another one (`zmq_socket_monitor`) from now on. Belongs to the other's thread until it
  /// is handed on.
  ///
  /// - Parameters:
  ///   - socket: The watched libzmq socket, of `context`.
  ///   - events: The mask of `ZMQ_EVENT_` numbers to watch.
  static func monitor(
    _ socket: UnsafeMutableRawPointer, events: Int32, context: Context
  ) throws -> sending Socket {
    var options = SocketOptions(maximumMessageSize: 64 << 10)
    // With a limit, libzmq's I/O thread would wait for a slow reader of events.
    options.receiveHighWaterMark = 0
    let monitor = try Socket(.pair, context: context, options: options)
    let address = "inproc://events-\(UInt(bitPattern: socket))"
    // Connected first: events without a reader also stop the I/O thread.
    try monitor.connect(to: address, security: .loopback)
    try retryingInterrupted("watch the connections of a socket") {
      zmq_socket_monitor(socket, address, events)
    }
    return monitor
  }
}

/// The messaging pattern that a socket takes part in.
package enum SocketKind: String, Hashable, Sendable, CaseIterable {
  /// Talks to many peers; the first frame of each message is the peer's routing identity.
  case router
  /// Sends to its peers in turn and receives from all of them fairly.
  case dealer
  /// Sends to every subscriber; drops what a slow one cannot take.
  case publish
  /// Receives the messages whose first frame begins with a subscribed prefix.
  case subscribe
  /// Sends to `pull` peers in turn.
  case push
  /// Receives from `push` peers fairly.
  case pull
  /// Sends a request, then receives its reply.
  case request
  /// Receives a request, then sends its reply.
  case reply
  /// Talks to exactly one peer.
  case pair

  var number: Int32 {
    switch self {
    case .router: ZMQ_ROUTER
    case .dealer: ZMQ_DEALER
    case .publish: ZMQ_PUB
    case .subscribe: ZMQ_SUB
    case .push: ZMQ_PUSH
    case .pull: ZMQ_PULL
    case .request: ZMQ_REQ
    case .reply: ZMQ_REP
    case .pair: ZMQ_PAIR
    }
  }
}
