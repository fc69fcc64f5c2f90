import Logging
import QueueProtocol

/// Counts messages that were dropped and says so, at most once in ten seconds.
struct BadMessageLog {
  private(set) var count = 0
  private var told = 0
  private var lastTold: Instant?
  private let log: Logger

  init(log: Logger) { self.log = log }

  mutating func add(_ error: any Error, at now: Instant) {
    count += 1
    if let lastTold, now - lastTold < .seconds(10) { return }
    log.warning("dropped \(count - told) bad messages, the last: \(error)")
    (told, lastTold) = (count, now)
  }
}
