import CZeroMQ

extension Socket {
  /// Takes the next message if one has arrived.
  ///
  /// - Returns: nil if there is none.
  /// - Throws: `OversizedMessageError` for a message beyond `limits`, which is dropped whole; `ZeroMQError`.
  package func receiveNow(limits: MessageLimits = MessageLimits()) throws -> Message? {
    try receive(from: open("receive"), limits: limits, firstFlags: ZMQ_DONTWAIT)
  }

  /// Takes the next message, waiting up to `timeout` (nil: for ever) for it.
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
    identifiesPeers ? zmq_msg_gets(part, "User-Id").map { String(cString: $0) } : nil
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
