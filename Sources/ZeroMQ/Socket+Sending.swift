import CZeroMQ

extension Socket {
  /// Hands `message` to libzmq if it can take it at once.
  ///
  /// - Returns: false if it can't (high-water mark reached, or no peer yet); then nothing was sent.
  /// - Throws: `ZeroMQError`; with `isHostUnreachable` if a ROUTER has no peer of that identity, with EINVAL if
  ///   `message` has no frames, or on a ROUTER only the identity.
  package func sendNow(_ message: Message) throws(ZeroMQError) -> Bool {
    let socket = try sender(of: message)
    return try send(message, to: socket, firstFlags: ZMQ_DONTWAIT)
  }

  /// Hands `message` to libzmq, waiting up to `timeout` (nil: for ever) until it can take it.
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
