import CZeroMQ

extension Authenticator.State {
  /// Answers the questions that wait.
  func answer(on socket: Socket) throws {
    while let message = try socket.receiveNow(limits: MessageLimits(frames: 16, bytes: 64 << 10)) {
      guard let request = ZapRequest(message) else {
        onDenial(Denial(reason: .malformedRequest, peer: nil))
        continue
      }
      let verdict = request.judged(by: keys.withLock { $0 })
      if case .failure(let reason) = verdict { onDenial(Denial(reason: reason, peer: request.peer)) }
      _ = try socket.sendNow(request.reply(verdict))
    }
  }

  /// Takes the events that wait: each is one frame of a number (16 bits) and a value (32 bits), and one of an address.
  ///
  /// - Returns: Whether the watched socket was closed.
  func take(from socket: Socket, _ events: inout HandshakeEvents) throws -> Bool {
    while let message = try socket.receiveNow() {
      guard let frame = message.frames.first, frame.count >= 6 else { continue }
      let (event, value) = frame.bytes.withUnsafeBytes {
        (Int32($0.loadUnaligned(as: UInt16.self)), $0.loadUnaligned(fromByteOffset: 2, as: UInt32.self))
      }
      if event == ZMQ_EVENT_MONITOR_STOPPED { return true }
      if let denial = events.take(event, value: value) { onDenial(denial) }
    }
    return false
  }
}
