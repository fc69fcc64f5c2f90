/// What is done with one host: events and time in, effects out.
///
/// connecting → (copying →) starting → running → ended; from any of them, when the host is lost, waiting → connecting; given
/// up when trying again can't help or has not helped often enough.
struct HostCore {
  enum Event {
    case tick
    case report(HostReport)
    /// ssh has ended.
    case sessionEnded(SessionEnd)
    /// The connection never was: no process could be started.
    case cannotStart(String)
    case stop
  }

  enum Effect: Hashable {
    case connect
    case sendProgram
    case sendConnection
    case endInput
    case kill
  }

  private typealias Clock = SuspendingClock

  /// A host that workers ran on for so long has no failures behind it.
  static let longRun: Duration = .seconds(30)

  private(set) var state = HostState.connecting
  /// Whether workers have ever run on it.
  private(set) var hasRun = false

  private let programBytes: Int
  private let retries: Int
  private let firstPause: Duration
  private let longestPause: Duration
  private var hasSession = false
  private var isStopping = false
  private var failures = 0
  private var connectAt: SuspendingClock.Instant?
  private var runningSince: SuspendingClock.Instant?

  /// A host that nothing was done with yet.
  ///
  /// - Parameter retries: How often a host that workers never ran on, or on which they fail, is tried again.
  init(
    programBytes: Int, retries: Int, firstPause: Duration = .seconds(1),
    longestPause: Duration = .seconds(60),
    now: SuspendingClock.Instant
  ) {
    (self.programBytes, self.retries) = (programBytes, retries)
    (self.firstPause, self.longestPause) = (firstPause, longestPause)
    connectAt = now
  }

  mutating func handle(_ event: Event, at now: SuspendingClock.Instant) -> [Effect] {
    switch event {
    case .tick:
      guard let due = connectAt, due <= now else { return [] }
      connectAt = nil
      hasSession = true
      runningSince = nil
      state = .connecting
      return [.connect]
    case .report(let report): return isStopping || !hasSession ? [] : handle(report, at: now)
    case .sessionEnded(let end):
      hasSession = false
      if isStopping { state = .ended } else { handle(end, at: now) }
      return []
    case .cannotStart(let reason):
      hasSession = false
      state = .gaveUp(reason: reason)
      return []
    case .stop:
      guard !isStopping, !state.isFinal else { return [] }
      isStopping = true
      connectAt = nil
      // A connection that isn't there yet doesn't notice that its input has ended.
      let isConnecting = state == .connecting
      state = hasSession ? .stopping : .ended
      return hasSession ? isConnecting ? [.endInput, .kill] : [.endInput] : []
    }
  }

  private mutating func handle(_ report: HostReport, at now: SuspendingClock.Instant) -> [Effect] {
    switch (report, state) {
    case (.copy, .connecting):
      state = .copying(bytes: programBytes)
      return [.sendProgram]
    case (.start, .connecting), (.start, .copying):
      state = .starting
      return [.sendConnection]
    case (.running(let count), .starting), (.running(let count), .running):
      if count > 0 {
        hasRun = true
        runningSince = runningSince ?? now
      }
      state = .running(count)
      return []
    // Out of turn.
    default: return []
    }
  }

  private mutating func handle(_ end: SessionEnd, at now: SuspendingClock.Instant) {
    if let runningSince, now - runningSince >= Self.longRun { failures = 0 }
    switch end.meaning {
    case .done: state = .ended
    case .hopeless: state = .gaveUp(reason: end.reason)
    case .lost:
      failures += 1
      // A host that has worked comes back some day.
      guard failures <= retries || (hasRun && end.isConnection) else {
        state = .gaveUp(reason: end.reason + (retries == 0 ? "" : " (tried \(failures) times)"))
        return
      }
      let pause = min(firstPause * (1 << min(failures - 1, 20)), longestPause)
      connectAt = now + pause
      state = .waiting(reason: end.reason, pause: pause)
    }
  }
}
