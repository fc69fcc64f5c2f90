import Glibc

/// A point in time as the core sees it: nanoseconds since 1970, read from the wall clock once and carried on
/// by a clock that never jumps, so differences are true and values mean something to people.
package struct Instant: Hashable, Comparable, Sendable {
  /// Nanoseconds since 1970-01-01T00:00:00Z.
  package let nanoseconds: Int64

  /// The instant at this number of nanoseconds after the start of 1970.
  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// Seconds since 1970-01-01T00:00:00Z, to the millisecond.
  package var secondsSince1970: Double { Double(nanoseconds / 1_000_000) / 1000 }

  /// Earlier instants come first.
  package static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }

  /// The instant that is `duration` later.
  package static func + (instant: Instant, duration: Duration) -> Instant {
    Instant(nanoseconds: instant.nanoseconds + duration.nanoseconds)
  }

  /// The time from `b` to `a`.
  package static func - (a: Instant, b: Instant) -> Duration {
    .nanoseconds(a.nanoseconds - b.nanoseconds)
  }
}

extension Duration {
  /// Whole nanoseconds; for durations below 292 years.
  package var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }

  /// Seconds, to the nanosecond.
  package var seconds: Double { Double(nanoseconds) / 1e9 }
}

/// The clock of a process: the wall clock's time when it was made, carried on by one that never jumps and stands
/// still while the machine sleeps (so workers are not taken for dead after it wakes).
package struct SystemTime: Sendable {
  private let start: SuspendingClock.Instant
  private let startNanoseconds: Int64

  /// The clock, started now.
  package init() {
    start = SuspendingClock.now
    var wall = timespec()
    clock_gettime(CLOCK_REALTIME, &wall)
    startNanoseconds = Int64(wall.tv_sec) * 1_000_000_000 + Int64(wall.tv_nsec)
  }

  /// The time.
  package var now: Instant {
    Instant(nanoseconds: startNanoseconds + start.duration(to: SuspendingClock.now).nanoseconds)
  }
}
