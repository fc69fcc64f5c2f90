import Foundation
import QueueWorker
import Synchronization

/// Work on a thread of its own that a signal asks to stop, and that is left behind if it takes too long.
final class StoppableRun: Sendable {
  /// What a thread that was told to stop has for it; a scheduler may kill the process after 3 s.
  private static let grace = 2.7

  private let isStopRequested = Atomic<Bool>(false)
  private let status = Mutex<ExitStatus?>(nil)
  private let done = DispatchSemaphore(value: 0)

  /// Runs `body` until it returns; it is to ask often whether it should stop. A second signal ends the wait at once.
  ///
  /// - Returns: What `body` does; `.notEnded` if it was not waited for.
  func run(
    signals: SignalWatcher,
    _ body: @escaping @Sendable (_ shouldStop: @escaping @Sendable () -> Bool) -> ExitStatus
  ) -> ExitStatus {
    let thread = Thread { [self] in
      let result = body { self.isStopRequested.load(ordering: .relaxed) }
      status.withLock { $0 = result }
      done.signal()
    }
    // As much as a main thread's.
    thread.stackSize = 8 << 20
    thread.start()
    var deadline: Date?
    while done.wait(timeout: .now() + .milliseconds(20)) == .timedOut {
      let count = signals.drain()
      if count > 0, deadline == nil {
        isStopRequested.store(true, ordering: .relaxed)
        deadline = Date(timeIntervalSinceNow: Self.grace)
      }
      if count > 1 || deadline.map({ Date() > $0 }) == true { return .notEnded }
    }
    return status.withLock { $0 } ?? .failed
  }
}
