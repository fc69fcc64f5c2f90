import Glibc

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
