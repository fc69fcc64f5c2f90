import ErrorCategories

/// One part of a message: bytes that libzmq delivers unchanged.
package struct Frame: Hashable, Sendable {
  package var bytes: [UInt8]

  /// A frame of `bytes`, which may be empty.
  package init(_ bytes: [UInt8] = []) {
    self.bytes = bytes
  }

  /// A frame of the UTF-8 of `text`.
  package init(_ text: String) {
    bytes = Array(text.utf8)
  }

  /// The content as text, or nil if it isn't UTF-8.
  package var text: String? { String(validating: bytes, as: UTF8.self) }

  /// The size in bytes.
  package var count: Int { bytes.count }
}

extension Frame: ExpressibleByStringLiteral {
  /// A frame of the UTF-8 of `value`.
  package init(stringLiteral value: String) {
    self.init(value)
  }
}

/// Frames that are delivered together or not at all.
package struct Message: Hashable, Sendable {
  /// The parts in their order; on a ROUTER socket the first one is the peer's routing identity.
  package var frames: [Frame]

  /// As whom the `Authenticator` admitted the sender; nil unless the socket was bound with `Security.curveServer`.
  /// It says nothing on a message that is sent.
  package var userID: String?

  /// A message of `frames`; at least one is needed to send it, on a ROUTER socket two.
  package init(_ frames: [Frame]) {
    self.frames = frames
  }

  /// The size of all frames together, in bytes.
  package var byteCount: Int { frames.reduce(0) { $0 + $1.count } }
}

extension Message: ExpressibleByArrayLiteral {
  /// A message of `frames`.
  package init(arrayLiteral frames: Frame...) {
    self.init(frames)
  }
}

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
package struct OversizedMessageError: CategorizedError, Hashable, Sendable {
  /// The limits that it broke.
  package let limits: MessageLimits

  package let frameCount: Int

  /// The size of all its frames.
  package let byteCount: Int

  /// Its first frame if that was within the limits: on a ROUTER socket, who sent it.
  package let firstFrame: Frame?

  package var category: ErrorCategory { .failed }

  package var description: String {
    """
    dropped a message of \(frameCount) frames and \(byteCount) bytes: at most \(limits.frames) frames and \
    \(limits.bytes) bytes are allowed
    """
  }
}
