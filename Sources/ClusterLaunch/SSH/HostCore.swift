/// The state machine of one host: events and time in, effects out.
///
/// connecting → (copying →) starting → running → ended. From any of them a lost host goes to waiting → connecting, or to gaveUp if
/// a retry can't help or the retries are used up.
struct HostCore {
  enum Event {
    case tick
    case report(HostReport)
    /// ssh has ended.
    case sessionEnded(SessionEnd)
    /// ssh couldn't be started.
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

  /// After a run of this length earlier failures no longer count.
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

  /// A host that is to be connected to.
  ///
  /// - Parameter retries: Retries of a host on which no worker has run, or on which workers fail.
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
      // ssh notices the end of its input only once it is connected.
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
      // A host that has worked is retried without limit when its connection is lost.
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

/// The state of a host.
package enum HostState: Hashable, Sendable {
  /// ssh connects.
  case connecting
  /// It receives a copy of the program, of the given size.
  case copying(bytes: Int)
  /// Its program starts.
  case starting
  /// The number of running worker processes.
  case running(Int)
  /// It was lost; the next connection follows after the pause.
  case waiting(reason: String, pause: Duration)
  /// It hands its jobs back.
  case stopping
  /// Its workers left, on request or because no work was left.
  case ended
  /// It isn't retried.
  case gaveUp(reason: String)

  /// One word, for the JSON output.
  package var name: String {
    switch self {
    case .connecting: "connecting"
    case .copying: "copying"
    case .starting: "starting"
    case .running: "running"
    case .waiting: "waiting"
    case .stopping: "stopping"
    case .ended: "ended"
    case .gaveUp: "gave-up"
    }
  }

  /// Why it waits or was given up.
  package var reason: String? {
    switch self {
    case .waiting(let reason, _), .gaveUp(let reason): reason
    default: nil
    }
  }

  /// How many worker processes run.
  package var processes: Int { if case .running(let count) = self { count } else { 0 } }

  /// Whether nothing more will happen on this host.
  package var isFinal: Bool {
    switch self {
    case .ended, .gaveUp: true
    default: false
    }
  }
}

extension HostState: CustomStringConvertible {
  /// `running 2 processes`
  package var description: String {
    switch self {
    case .connecting: "connecting"
    case .copying(let bytes): "copying the program (\(bytes / 1_000_000) MB)"
    case .starting: "starting"
    case .running(1): "running 1 process"
    case .running(let count): "running \(count) processes"
    case .waiting(let reason, let pause): "lost: \(reason); reconnecting in \(pause.components.seconds) s"
    case .stopping: "stopping: workers hand their jobs back"
    case .ended: "ended"
    case .gaveUp(let reason): "given up: \(reason)"
    }
  }
}

/// A report of a host to the launcher: a line on the standard output of the remote command. Other lines, such as a shell's greeting,
/// are ignored.
package enum HostReport: Hashable, Sendable {
  /// It has no program of the launcher's digest and wants it on standard input.
  case copy
  /// Its program works; it wants the connection file on standard input.
  case start
  /// The number of running worker processes.
  case running(Int)

  private static let marker = "potline-launch: "

  /// The report as a line, without the line's end.
  package var line: String {
    switch self {
    case .copy: Self.marker + "copy"
    case .start: Self.marker + "start"
    case .running(let count): Self.marker + "running \(count)"
    }
  }

  /// The report that a line is; `nil` for any other line.
  package init?(line: some StringProtocol) {
    guard line.hasPrefix(Self.marker) else { return nil }
    let words = line.dropFirst(Self.marker.count).split(separator: " ")
    switch (words.first, words.count) {
    case ("copy", 1): self = .copy
    case ("start", 1): self = .start
    case ("running", 2):
      guard let count = Int(words[1]), (0...1024).contains(count) else { return nil }
      self = .running(count)
    default: return nil
    }
  }
}
