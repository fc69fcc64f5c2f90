import CZeroMQ

/// The I/O threads and the address space (`inproc`) that sockets share.
///
/// Every socket retains its context, so a context is released after its last socket was closed, and releasing it
/// can only wait for messages that a socket's `linger` still allows to be delivered.
package final class Context: Sendable {
  // A libzmq context may be used from any thread, and it lives until deinit.
  nonisolated(unsafe) let handle: UnsafeMutableRawPointer

  /// Makes a context.
  ///
  /// - Parameters:
  ///   - ioThreads: Threads that move bytes; one serves about a gigabyte a second. 0 allows `inproc` only.
  ///   - maximumSockets: How many sockets can be open at once.
  /// - Throws: `ZeroMQError` when a number is out of range or memory or file descriptors ran out.
  package init(ioThreads: Int = 1, maximumSockets: Int = 1023) throws(ZeroMQError) {
    guard let handle = zmq_ctx_new() else { throw .last("make a context") }
    self.handle = handle
    try set(ZMQ_IO_THREADS, to: ioThreads, "use \(ioThreads) I/O threads")
    try set(ZMQ_MAX_SOCKETS, to: maximumSockets, "allow \(maximumSockets) sockets")
  }

  deinit {
    while zmq_ctx_term(handle) != 0 && zmq_errno() == EINTR {}
  }

  /// Ends all communication: every operation on this context's sockets, running or later, throws an error with
  /// `isTerminated`, on whatever thread it runs. Returns immediately; the owners still have to close their sockets.
  package func terminate() {
    zmq_ctx_shutdown(handle)
  }

  private func set(_ option: Int32, to value: Int, _ operation: String) throws(ZeroMQError) {
    guard let value = Int32(exactly: value) else { throw ZeroMQError(operation: operation, code: EINVAL) }
    try retryingInterrupted(operation) { zmq_ctx_set(handle, option, value) }
  }
}
