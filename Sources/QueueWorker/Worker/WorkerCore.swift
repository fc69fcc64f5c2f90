import QueueProtocol

/// The worker's side of the protocol as a pure state machine, the counterpart of `QueueCore`.
///
/// It runs at most one job, keeps every outcome and repeats it until the coordinator acknowledges it, registers
/// again when asked or when the coordinator is silent, and leaves in order.
package struct WorkerCore: Sendable {
  /// A worker's timeouts and limits.
  package struct Settings: Sendable, Equatable {
    /// The silence of the coordinator after which the worker leaves. Default: 60 s.
    package var coordinatorTimeout: Duration = .seconds(60)
    /// The silence of the coordinator after which the worker connects anew. Default: 10 s.
    package var reconnectAfter: Duration = .seconds(10)
    /// The time without a welcome after which it registers again. Default: 1 s.
    package var registrationRepeat: Duration = .seconds(1)
    /// The time without an acknowledgement after which it repeats an outcome. Default: 2 s.
    package var outcomeRepeat: Duration = .seconds(2)
    /// The time that a job has to stop before the process is ended. Default: 30 s.
    package var stopLimit: Duration = .seconds(30)
    /// The time that job and acknowledgement have when the worker leaves. Default: 2 s.
    package var leaveLimit: Duration = .seconds(2)
    /// The number of jobs after which it leaves; `nil` for no limit. Default: none.
    package var maximumJobs: Int?
    /// The time without a job after which it leaves; `nil` for never. Default: never.
    package var idleExit: Duration?
    /// The time that the process has: `timeMargin` before its end the worker hands its job back and leaves. `nil` for no
    /// limit. Default: none.
    package var timeLimit: Duration?
    /// How long before the time limit it leaves; twice as long before it takes no more jobs. At most a quarter of the
    /// limit. Default: 5 s.
    package var timeMargin: Duration = .seconds(5)
    /// A larger result fails the job, and a larger checkpoint is dropped. Default: what the wire takes.
    package var maximumBytes = Wire.maximumOutcomeBytes

    /// The defaults.
    package init() {}

    /// How long before a time limit the worker leaves.
    package func margin(of limit: Duration) -> Duration { min(timeMargin, limit / 4) }
  }

  /// An event of a worker.
  package enum Event: Sendable {
    /// A message of the coordinator.
    case message(CoordinatorMessage)
    /// Time passed; `progress` is the running job's.
    case tick(progress: StepProgress?)
    /// The process was stopped for this long (SIGSTOP, Ctrl-Z), and runs again.
    case paused(Duration)
    /// The running job offers a checkpoint.
    case checkpoint(Checkpoint)
    /// The running job ended.
    case ended(AttemptResult)
    /// A signal or the supervisor asks the worker to leave.
    case leaveRequested
  }

  /// How a job ended.
  package enum AttemptResult: Hashable, Sendable {
    /// It has a result.
    case finished(JobResult)
    /// It failed.
    case failed(JobFailure)
    /// It stopped because it was asked to.
    case interrupted(Checkpoint?)
    /// This host cannot do it, for this reason; another may.
    case unable(String)
  }

  /// An effect that the shell performs.
  package enum Effect: Hashable, Sendable {
    /// Send this to the coordinator.
    case send(WorkerMessage)
    /// Run this job.
    case start(AttemptReference, payload: [UInt8], Checkpoint?)
    /// Ask the running job to stop.
    case interrupt
    /// Connect anew.
    case reconnect
    /// Log this.
    case note(Note)
    /// End the process.
    case exit(WorkerExit)
  }

  private struct Assignment: Hashable {
    let reference: AttemptReference
    let payload: [UInt8]
    let checkpoint: Checkpoint?
  }

  private struct Outcome {
    let reference: AttemptReference
    let message: WorkerMessage
    var sent: Instant
  }

  private enum Phase: Hashable {
    case registering(sent: Instant?)
    case registered
    case leaving(until: Instant)
    case ended
  }

  private let registration: Registration
  private let settings: Settings
  private var phase = Phase.registering(sent: nil)
  private var heartbeatInterval = Duration.seconds(1)
  private var lastHeartbeat: Instant
  private var lastHeard: Instant
  private var lastReconnect: Instant
  /// Whether the coordinator has ever been heard.
  private var hasHeard = false
  private var hasComparedVersions = false
  private var running: (reference: AttemptReference, stoppedAt: Instant?)?
  private var next: Assignment?
  private var outcomes: [Outcome] = []
  private var recentlyEnded: [AttemptReference] = []
  private var effects: [Effect] = []
  /// The exit code when it leaves in order.
  private var exitWhenLeft = WorkerExit.left
  private let started: Instant
  /// When it last had a job.
  private var lastBusy: Instant
  private var jobsStarted = 0
  /// It takes no other job, and leaves when all that it did is acknowledged.
  private var isRetiring = false

  private static let endedKept = 32

  /// A worker that is not registered yet; `registration.current` is ignored.
  package init(_ registration: Registration, settings: Settings = Settings(), at now: Instant) {
    self.registration = registration
    self.settings = settings
    (lastHeartbeat, lastHeard, lastReconnect) = (now, now, now)
    (started, lastBusy) = (now, now)
  }

  /// Takes one event.
  ///
  /// - Returns: What the shell does, in this order.
  package mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
    guard phase != .ended else { return [] }
    switch event {
    case .message(let message):
      (lastHeard, hasHeard) = (now, true)
      handle(message, at: now)
    case .tick(let progress): checkDeadlines(progress, at: now)
    case .paused(let pause): addPause(pause, at: now)
    case .checkpoint(let checkpoint):
      if let running, let checkpoint = sendable(checkpoint) {
        effects.append(.send(.checkpoint(running.reference, checkpoint)))
      }
    case .ended(let end): jobEnded(end, at: now)
    case .leaveRequested: startLeaving(at: now)
    }
    defer { effects = [] }
    return effects
  }

  private mutating func handle(_ message: CoordinatorMessage, at now: Instant) {
    switch message {
    case .welcome(let seconds, let coordinator):
      compareVersions(coordinator)
      heartbeatInterval = .nanoseconds(Int64(seconds * 1e9))
      guard case .registering = phase else { return }
      phase = .registered
      lastHeartbeat = now
      for index in outcomes.indices { sayAgain(index, at: now) }
    case .refused(let reason, _):
      effects.append(.note(Note(.error, "the coordinator refused this worker: \(reason)")))
      exit(.refused)
    case .registerAgain:
      switch phase {
      case .registered: register(at: now)
      case .registering(let sent):
        if sent.map({ now - $0 >= settings.registrationRepeat / 2 }) ?? true { register(at: now) }
      case .leaving, .ended: break
      }
    case .assign(let reference, let payload, let checkpoint):
      assigned(Assignment(reference: reference, payload: payload, checkpoint: checkpoint), at: now)
    case .acknowledge(let reference):
      outcomes.removeAll { $0.reference == reference }
      leaveIfDone()
      leaveIfRetired()
    case .stop(let reference, let reason): stopped(reference, reason, at: now)
    case .leave: startLeaving(at: now)
    case .alive, .chunk, .missing: break
    }
  }

  /// A process that is stopped hears nobody, and its job and its messages stand still: that time counts neither as silence
  /// of the coordinator nor as delay.
  private mutating func addPause(_ pause: Duration, at now: Instant) {
    (lastHeard, lastReconnect, lastBusy) = (
      min(now, lastHeard + pause), min(now, lastReconnect + pause), min(now, lastBusy + pause)
    )
    if let since = running?.stoppedAt { running?.stoppedAt = min(now, since + pause) }
    if case .leaving(let deadline) = phase { phase = .leaving(until: deadline + pause) }
  }

  private mutating func checkDeadlines(_ progress: StepProgress?, at now: Instant) {
    if case .leaving(let deadline) = phase {
      if now >= deadline { giveUpLeaving(at: now) }
      return
    }
    if now - lastHeard >= settings.coordinatorTimeout {
      let seconds = settings.coordinatorTimeout.seconds
      let hint = hasHeard ? "" : ": is it running? \(PublishedAddress.unreachableHint)"
      effects.append(.note(Note(.error, "the coordinator was not heard for \(seconds) s; leaving\(hint)")))
      return exit(.coordinatorUnreachable)
    }
    if let running, let since = running.stoppedAt, now - since >= settings.stopLimit {
      effects.append(.note(Note(.error, "job \(running.reference.job) does not stop; ending the process")))
      effects.append(.send(.goodbye))
      return exit(.jobWouldNotStop)
    }
    checkLimits(at: now)
    if phase == .ended { return }
    if case .leaving = phase { return }
    if now - max(lastHeard, lastReconnect) >= settings.reconnectAfter {
      lastReconnect = now
      effects.append(.reconnect)
      phase = .registering(sent: nil)
    }
    switch phase {
    case .registering(let sent):
      if sent.map({ now - $0 >= settings.registrationRepeat }) ?? true { register(at: now) }
    case .registered:
      if now - lastHeartbeat >= heartbeatInterval {
        lastHeartbeat = now
        let heartbeat = Heartbeat(current: running?.reference, progress: running == nil ? nil : progress)
        effects.append(.send(.heartbeat(heartbeat)))
      }
      for index in outcomes.indices where now - outcomes[index].sent >= settings.outcomeRepeat {
        sayAgain(index, at: now)
      }
    case .leaving, .ended: break
    }
  }

  /// Whether it keeps a result of the attempt that the coordinator has not acknowledged.
  func holdsResult(of reference: AttemptReference) -> Bool {
    outcomes.contains { if case .result(reference, _) = $0.message { true } else { false } }
  }

  private mutating func compareVersions(_ coordinator: ProgramVersion?) {
    guard !hasComparedVersions, let coordinator else { return }
    hasComparedVersions = true
    let own = ProgramVersion(program: registration.version, jobFormat: registration.jobFormat)
    if let text = coordinator.mismatch(as: "the coordinator", with: own, as: "this worker") {
      effects.append(.note(Note(.warning, text)))
    }
  }

  private mutating func register(at now: Instant) {
    phase = .registering(sent: now)
    var registration = registration
    registration.current = running?.reference ?? outcomes.first?.reference
    effects.append(.send(.register(registration)))
  }

  private mutating func sayAgain(_ index: Int, at now: Instant) {
    outcomes[index].sent = now
    effects.append(.send(outcomes[index].message))
  }

  private mutating func exit(_ exit: WorkerExit) {
    phase = .ended
    effects.append(.exit(exit))
  }
}

// Jobs that start, stop and end, and the way out.
extension WorkerCore {
  private mutating func assigned(_ assignment: Assignment, at now: Instant) {
    let reference = assignment.reference
    if case .leaving = phase { return }
    if isRetiring, running?.reference != reference,
      !outcomes.contains(where: { $0.reference == reference }), !recentlyEnded.contains(reference)
    {
      return
    }
    if running?.reference == reference || next?.reference == reference { return }
    if let index = outcomes.firstIndex(where: { $0.reference == reference }) {
      return sayAgain(index, at: now)
    }
    if recentlyEnded.contains(reference) {
      // Whoever assigns it does not know that it ended, so it may be leased to somebody else.
      return effects.append(.send(.handBack(reference, nil, leaving: false)))
    }
    guard running != nil else { return start(assignment, at: now) }
    // The coordinator has given the running attempt up; its `stop` was lost.
    dropNext(at: now)
    next = assignment
    interrupt(at: now)
  }

  private mutating func stopped(_ reference: AttemptReference, _ reason: String, at now: Instant) {
    if running?.reference == reference {
      effects.append(.note(Note(.info, "stopping job \(reference.job): \(reason)")))
      interrupt(at: now)
    } else if next?.reference == reference {
      dropNext(at: now)
    } else {
      outcomes.removeAll { $0.reference == reference }
    }
  }

  private mutating func jobEnded(_ end: AttemptResult, at now: Instant) {
    guard let reference = running?.reference else { return }
    running = nil
    lastBusy = now
    var isLeaving = false
    if case .leaving = phase { isLeaving = true }
    switch end {
    case .finished(let result) where result.bytes.count > settings.maximumBytes:
      let message = "the result has \(result.bytes.count) bytes; at most \(settings.maximumBytes) can be sent"
      keep(.failed(reference, JobFailure(.invalidJob, message)), of: reference, at: now)
    case .finished(let result): keep(.result(reference, result), of: reference, at: now)
    case .failed(let failure): keep(.failed(reference, failure), of: reference, at: now)
    case .interrupted(let checkpoint):
      keep(.handBack(reference, sendable(checkpoint), leaving: isLeaving), of: reference, at: now)
    case .unable(let reason):
      // Leaving, rather than taking the next job immediately, lets the supervisor wait before it tries this host again.
      effects.append(
        .note(Note(.error, "this host cannot do job \(reference.job), so the worker leaves: \(reason)")))
      if !isLeaving { exitWhenLeft = .cannotStart }
      keep(.handBack(reference, nil, leaving: true), of: reference, at: now)
      startLeaving(at: now)
    }
    if let assignment = next {
      next = nil
      start(assignment, at: now)
    }
  }

  /// Nothing for a checkpoint that is too large: the coordinator would end the connection.
  private mutating func sendable(_ checkpoint: Checkpoint?) -> Checkpoint? {
    guard let checkpoint, checkpoint.bytes.count > settings.maximumBytes else { return checkpoint }
    effects.append(
      .note(
        Note(.warning, "dropped a checkpoint of \(checkpoint.bytes.count) bytes: it is too large to send")))
    return nil
  }

  private mutating func startLeaving(at now: Instant) {
    if case .leaving = phase { return }
    phase = .leaving(until: now + settings.leaveLimit)
    dropNext(at: now)
    interrupt(at: now)
    leaveIfDone()
  }

  private mutating func leaveIfDone() {
    guard case .leaving = phase, running == nil, outcomes.isEmpty else { return }
    effects.append(.send(.goodbye))
    exit(exitWhenLeft)
  }

  /// The job would not stop, or the coordinator did not acknowledge in time.
  private mutating func giveUpLeaving(at now: Instant) {
    if let running { effects.append(.send(.handBack(running.reference, nil, leaving: true))) }
    effects.append(.send(.goodbye))
    exit(exitWhenLeft)
  }

  private mutating func start(_ assignment: Assignment, at now: Instant) {
    let reference = assignment.reference
    guard JobID(ofPayload: assignment.payload) == reference.job else {
      let message = "the payload that arrived does not match the job's identity"
      return keep(.failed(reference, JobFailure(.other, message)), of: reference, at: now)
    }
    var checkpoint = assignment.checkpoint
    if checkpoint?.isIntact == false {
      checkpoint = nil
      effects.append(
        .note(Note(.warning, "job \(reference.job) starts anew: its checkpoint does not match its digest")))
    }
    running = (reference, nil)
    jobsStarted += 1
    if let most = settings.maximumJobs, jobsStarted >= most { retire() }
    effects.append(.start(reference, payload: assignment.payload, checkpoint))
  }

  private mutating func interrupt(at now: Instant) {
    guard running != nil, running?.stoppedAt == nil else { return }
    running?.stoppedAt = now
    effects.append(.interrupt)
  }

  private mutating func dropNext(at now: Instant) {
    guard let assignment = next else { return }
    next = nil
    keep(.handBack(assignment.reference, nil, leaving: false), of: assignment.reference, at: now)
  }

  /// Sends an outcome, and keeps it until it is acknowledged.
  private mutating func keep(_ message: WorkerMessage, of reference: AttemptReference, at now: Instant) {
    outcomes.append(Outcome(reference: reference, message: message, sent: now))
    effects.append(.send(message))
    recentlyEnded.append(reference)
    if recentlyEnded.count > Self.endedKept { recentlyEnded.removeFirst() }
  }
}

// Leaving of the worker's own accord: after a number of jobs, a time without one, or before its time is over.
extension WorkerCore {
  private mutating func checkLimits(at now: Instant) {
    if let limit = settings.timeLimit {
      let margin = settings.margin(of: limit)
      if now - started >= limit - margin * 2 { retire() }
      if now - started >= limit - margin {
        effects.append(.note(Note(.info, "leaving: its time is over")))
        return startLeaving(at: now)
      }
    }
    if let patience = settings.idleExit, running == nil, outcomes.isEmpty, case .registered = phase,
      now - lastBusy >= patience
    {
      effects.append(.note(Note(.info, "leaving: there was no job for \(patience.seconds) s")))
      retire()
    }
    leaveIfRetired()
  }

  /// Asks the coordinator for no other job.
  private mutating func retire() {
    if isRetiring { return }
    isRetiring = true
    effects.append(.send(.retire))
  }

  /// A result is not given up for the sake of leaving.
  private mutating func leaveIfRetired() {
    guard isRetiring, running == nil, outcomes.isEmpty, case .registered = phase else { return }
    effects.append(.send(.goodbye))
    exit(.left)
  }
}
