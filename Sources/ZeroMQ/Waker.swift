import CZeroMQ
import Glibc

/// Ends the wait of a `Poller` from any thread: an eventfd that becomes readable.
package final class Waker: Sendable {
  /// The eventfd, readable after `wake()` until `drain()`. It isn't inherited by programs that are started.
  package let fileDescriptor: Int32

  /// Makes a waker that hasn't been woken.
  ///
  /// - Throws: `ZeroMQError` when no file descriptor is left.
  package init() throws(ZeroMQError) {
    fileDescriptor = try retryingInterrupted("make an eventfd") { czmq_eventfd() }
  }

  deinit {
    Glibc.close(fileDescriptor)
  }

  /// Makes the descriptor readable. Waking twice before a `drain()` is the same as once.
  package func wake() {
    var one: UInt64 = 1
    // Fails otherwise only when the counter is full, and then the descriptor is readable already.
    while write(fileDescriptor, &one, MemoryLayout<UInt64>.size) < 0 && errno == EINTR {}
  }

  /// Makes the descriptor unreadable until the next `wake()`.
  ///
  /// - Returns: Whether it had been woken.
  @discardableResult
  package func drain() -> Bool {
    var count: UInt64 = 0
    while read(fileDescriptor, &count, MemoryLayout<UInt64>.size) < 0 {
      if errno != EINTR { return false }
    }
    return true
  }
}
