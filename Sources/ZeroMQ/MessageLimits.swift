/// How large a received message may be before it is dropped.
///
/// These limits hold for the whole message, after libzmq has taken it off the wire;
/// `SocketOptions.maximumMessageSize` bounds each frame before that.
package struct MessageLimits: Hashable, Sendable {
  /// The greatest number of frames, on a ROUTER socket with the routing identity.
  package var frames: Int

  /// The greatest size of all frames together.
  package var bytes: Int

  /// At most `frames` frames of together at most `bytes` bytes (default 64 MiB).
  package init(frames: Int = 16, bytes: Int = 64 << 20) {
    self.frames = frames
    self.bytes = bytes
  }
}

/// A received message that broke its limits. It was read to its end and dropped; the next one is intact.
package struct OversizedMessageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The limits that it broke.
  package let limits: MessageLimits

  /// How many frames it had.
  package let frameCount: Int

  /// How many bytes its frames had together.
  package let byteCount: Int

  /// Its first frame if that was within the limits: on a ROUTER socket, who sent it.
  package let firstFrame: Frame?

  /// For people: the sizes and the limits.
  package var description: String {
    """
    dropped a message of \(frameCount) frames and \(byteCount) bytes: at most \(limits.frames) frames and \
    \(limits.bytes) bytes are allowed
    """
  }
}
