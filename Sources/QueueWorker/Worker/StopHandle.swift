import Synchronization
import ZeroMQ

/// Asks a running coordinator or worker, from any thread, to stop in order.
package final class StopHandle: Sendable {
  private let flag = Atomic<Bool>(false)
  package let waker: Waker

  package init() throws(ZeroMQError) { waker = try Waker() }

  /// Asks it to stop; asking again changes nothing.
  package func requestStop() {
    flag.store(true, ordering: .sequentiallyConsistent)
    waker.wake()
  }

  package var isStopRequested: Bool { flag.load(ordering: .sequentiallyConsistent) }
}
