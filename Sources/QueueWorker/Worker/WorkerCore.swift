import QueueProtocol

/// The worker's side of the protocol as a pure state machine, the counterpart of `QueueCore`.
///
/// It runs at most one job, keeps every outcome and says it again until the coordinator acknowledges it, registers
/// again when asked or when the coordinator is silent, and leaves in order.
package struct WorkerCore: Sendable {
  /// The times that a worker keeps.
  package struct Settings: Sendable, Equatable {
    /// It leaves when the coordinator is not heard for so long. Default: 60 s.
    package var coordinatorTimeout: Duration = .seconds(60)
    /// It connects anew when the coordinator is not heard for so long. Default: 10 s.
    package var reconnectAfter: Duration = .seconds(10)
    /// It registers again when no welcome has come for so long. Default: 1 s.
    package var registrationRepeat: Duration = .seconds(1)
    /// It says an outcome again that was not acknowledged for so long. Default: 2 s.
    package var outcomeRepeat: Duration = .seconds(2)
    /// A job that was told to stop has so long before the process is ended. Default: 30 s.
    package var stopLimit: Duration = .seconds(30)
    /// When it is to leave, job and acknowledgement have so long. Default: 2 s.
    package var leaveLimit: Duration = .seconds(2)
    /// It leaves after so many jobs; `nil` for no limit. Default: none.
    package var maximumJobs: Int?
    /// It leaves when it has had no job for so long; `nil` for never. Default: never.
    package var idleExit: Duration?
    /// The process has so long: `timeMargin` before that it hands its job back and leaves. `nil` for no limit. Default: none.
    package var timeLimit: Duration?
    /// How long before the time limit it leaves; twice as long before it takes no more jobs. At most a quarter of the
    /// limit. Default: 5 s.
    package var timeMargin: Duration = .seconds(5)
    /// A larger result fails the job, and a larger checkpoint is dropped. Default: what the wire takes.
    package var maximumBytes = Wire.maximumFrameBytes

    /// The defaults.
    package init() {}
  }

  /// What happens to a worker.
  package enum Event: Sendable {
    /// The coordinator said this.
    case message(CoordinatorMessage)
    /// Time went on; `progress` is the running job's.
    case tick(progress: StepProgress?)
    /// The running job offers a checkpoint.
    case checkpoint(Checkpoint)
    /// The running job ended.
    case ended(JobEnd)
    /// A signal or the supervisor asks the worker to leave.
    case leaveRequested
  }

  /// How a job ended.
  package enum JobEnd: Hashable, Sendable {
    /// It has a result.
    case finished(JobResult)
    /// It failed.
    case failed(WorkerMessage.FailureKind, String)
    /// It stopped because it was asked to.
    case interrupted(Checkpoint?)
    /// This host cannot do it, for this reason; another may.
    case unable(String)
  }

  /// What the shell does.
  package enum Effect: Hashable, Sendable {
    /// Say this to the coordinator.
    case send(WorkerMessage)
    /// Run this job.
    case start(AttemptReference, payload: [UInt8], Checkpoint?)
    /// Ask the running job to stop.
    case interrupt
    /// Connect anew.
    case reconnect
    /// Tell people.
    case note(Note)
    /// End the process.
    case exit(WorkerExit)
  }

  struct Assignment: Hashable {
    let reference: AttemptReference
    let payload: [UInt8]
    let checkpoint: Checkpoint?
  }

  struct Outcome {
    let reference: AttemptReference
    let message: WorkerMessage
    var sent: Instant
  }

  enum Phase: Hashable {
    case registering(sent: Instant?)
    case registered
    case leaving(until: Instant)
    case ended
  }

  let registration: Registration
  let settings: Settings
  var phase = Phase.registering(sent: nil)
  var heartbeatInterval = Duration.seconds(1)
  var lastHeartbeat: Instant
  var lastHeard: Instant
  var lastReconnect: Instant
  var running: (reference: AttemptReference, stoppedAt: Instant?)?
  var next: Assignment?
  var outcomes: [Outcome] = []
  var recentlyEnded: [AttemptReference] = []
  var effects: [Effect] = []
  /// What the process ends with when it leaves in order.
  var exitWhenLeft = WorkerExit.left
  let started: Instant
  /// When it last had a job.
  var lastBusy: Instant
  var jobsStarted = 0
  /// It takes no other job, and leaves when all that it did is acknowledged.
  var isRetiring = false

  static let endedKept = 32

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
      lastHeard = now
      handle(message, at: now)
    case .tick(let progress): checkDeadlines(progress, at: now)
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
    case .welcome(let seconds):
      heartbeatInterval = .nanoseconds(Int64(seconds * 1e9))
      guard case .registering = phase else { return }
      phase = .registered
      lastHeartbeat = now
      for index in outcomes.indices { sayAgain(index, at: now) }
    case .refused(let reason):
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

  private mutating func checkDeadlines(_ progress: StepProgress?, at now: Instant) {
    if case .leaving(let deadline) = phase {
      if now >= deadline { giveUpLeaving(at: now) }
      return
    }
    if now - lastHeard >= settings.coordinatorTimeout {
      let seconds = settings.coordinatorTimeout.seconds
      effects.append(.note(Note(.error, "the coordinator was not heard for \(seconds) s; leaving")))
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

  private mutating func register(at now: Instant) {
    phase = .registering(sent: now)
    var registration = registration
    registration.current = running?.reference ?? outcomes.first?.reference
    effects.append(.send(.register(registration)))
  }

  mutating func sayAgain(_ index: Int, at now: Instant) {
    outcomes[index].sent = now
    effects.append(.send(outcomes[index].message))
  }

  mutating func exit(_ exit: WorkerExit) {
    phase = .ended
    effects.append(.exit(exit))
  }
}
