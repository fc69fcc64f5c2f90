#if canImport(Glibc)
  import Glibc
#endif

/// The shortest of some steps' times: the others were disturbed.
struct StepTimer {
  /// Seconds of the shortest step; infinite before the first.
  private(set) var shortest = Double.infinity
  /// Steps that were timed.
  private(set) var count = 0
  private let clock: () -> Double
  private var started = 0.0

  /// With a clock in seconds.
  init(clock: @escaping () -> Double = Self.monotonicClock) { self.clock = clock }

  /// A step begins.
  mutating func start() { started = clock() }

  /// The step is done.
  mutating func stop() {
    shortest = min(shortest, clock() - started)
    count += 1
  }

  /// Seconds since the system's start.
  static func monotonicClock() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}
