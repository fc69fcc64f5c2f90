import Logging
import Synchronization
import ZeroMQ

/// One line for each refused connection, and one for many: at most five in ten seconds, then a count.
final class DenialLog: Sendable {
  private static let linesPerWindow = 5
  private static let window = Duration.seconds(10)

  private struct State {
    var windowEnd: Instant?
    var lines = 0
    var untold = 0
    var last: Denial?
  }

  private let total = Atomic<Int>(0)

  private let state = Mutex(State())
  private let log: Logger

  init(log: Logger) { self.log = log }

  /// All that were added.
  var count: Int { total.load(ordering: .relaxed) }

  func add(_ denial: Denial, at now: Instant) {
    total.add(1, ordering: .relaxed)
    flush(at: now)
    let isTold = state.withLock { state in
      if state.windowEnd == nil { state.windowEnd = now + Self.window }
      guard state.lines < Self.linesPerWindow else {
        state.untold += 1
        state.last = denial
        return false
      }
      state.lines += 1
      return true
    }
    if isTold { log.warning("\(denial)") }
  }

  /// Tells the count of what was left out, once its ten seconds are over.
  func flush(at now: Instant) {
    let (untold, last) = state.withLock { state -> (Int, Denial?) in
      guard let end = state.windowEnd, now >= end else { return (0, nil) }
      defer { state = State() }
      return (state.untold, state.last)
    }
    guard untold > 0, let last else { return }
    log.warning("refused \(untold) more connections, the last: \(last)")
  }
}
