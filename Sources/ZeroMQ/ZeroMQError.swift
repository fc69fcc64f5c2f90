import CZeroMQ
import ErrorCategories
import Glibc

/// A call into libzmq (or a system call made for it) that failed.
package struct ZeroMQError: CategorizedError, Hashable, Sendable {
  /// A verb and its object: `bind tcp://127.0.0.1:5555`.
  package let operation: String

  /// The `errno` of the failure; libzmq adds a few codes of its own above the system's.
  package let code: Int32

  /// Describes the failure of `operation` with the `errno` value `code`.
  package init(operation: String, code: Int32) {
    self.operation = operation
    self.code = code
  }

  /// The failure of the libzmq call that this thread made last.
  static func last(_ operation: @autoclosure () -> String) -> ZeroMQError {
    let code = zmq_errno()
    return ZeroMQError(operation: operation(), code: code)
  }

  /// libzmq's text for `code`: `Address already in use`.
  package var text: String { String(cString: zmq_strerror(code)) }

  package var category: ErrorCategory { .failed }

  /// `cannot bind tcp://127.0.0.1:5555: Address already in use (error 98)`.
  package var description: String { "cannot \(operation): \(text) (error \(code))" }

  /// Whether the operation would have had to wait.
  package var isAgain: Bool { code == EAGAIN }

  /// Whether the context was terminated: the socket can only be closed now.
  package var isTerminated: Bool { code == czmq_error_context_terminated() }

  /// Whether another socket is bound to the address.
  package var isAddressInUse: Bool { code == EADDRINUSE }

  /// Whether a ROUTER socket has no connected peer of the identity that a message was addressed to.
  package var isHostUnreachable: Bool { code == EHOSTUNREACH }

  /// Whether the socket's kind forbids the operation now: a REQ socket that sends twice without a reply.
  package var isWrongState: Bool { code == czmq_error_wrong_state() }
}

/// Runs a libzmq call until a signal no longer interrupts it; the call returns a negative number on failure.
@discardableResult
func retryingInterrupted(
  _ operation: @autoclosure () -> String, _ call: () -> Int32
) throws(ZeroMQError) -> Int32 {
  while true {
    let result = call()
    if result >= 0 { return result }
    let error = ZeroMQError.last(operation())
    if error.code != EINTR { throw error }
  }
}
