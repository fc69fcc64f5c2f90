import Glibc

/// Standard input as a sign that whoever started this process, perhaps from another host, is still there: it must not end,
/// and bring something (whatever it is) now and then.
package struct Lifeline: Sendable {
  /// The longest silence.
  package let patience: Duration
  private let fileDescriptor: Int32
  private var lastSign = SuspendingClock.now
  private var hasEnded = false

  /// Begins to watch; the first silence starts now.
  package init(patience: Duration, fileDescriptor: Int32 = STDIN_FILENO) {
    (self.patience, self.fileDescriptor) = (patience, fileDescriptor)
  }

  /// Reads what has come, without waiting; to be called several times a second.
  ///
  /// - Returns: Why nobody seems to be there any more; `nil` as long as somebody is.
  package mutating func loss() -> String? {
    while !hasEnded {
      var item = pollfd(fd: fileDescriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&item, 1, 0) > 0 else { break }
      var bytes = [UInt8](repeating: 0, count: 256)
      let count = read(fileDescriptor, &bytes, bytes.count)
      if count < 0, errno == EINTR || errno == EAGAIN { break }
      hasEnded = count <= 0
      lastSign = .now
    }
    if hasEnded { return "standard input has ended" }
    return SuspendingClock.now - lastSign > patience ? "standard input was silent for \(patience)" : nil
  }
}
