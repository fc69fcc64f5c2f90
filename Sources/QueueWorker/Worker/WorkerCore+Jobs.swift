import QueueProtocol

/// Jobs that start, stop and end, and the way out.
extension WorkerCore {
  mutating func assigned(_ assignment: Assignment, at now: Instant) {
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

  mutating func stopped(_ reference: AttemptReference, _ reason: String, at now: Instant) {
    if running?.reference == reference {
      effects.append(.note(Note(.info, "stopping job \(reference.job): \(reason)")))
      interrupt(at: now)
    } else if next?.reference == reference {
      dropNext(at: now)
    } else {
      outcomes.removeAll { $0.reference == reference }
    }
  }

  mutating func jobEnded(_ end: JobEnd, at now: Instant) {
    guard let reference = running?.reference else { return }
    running = nil
    lastBusy = now
    var isLeaving = false
    if case .leaving = phase { isLeaving = true }
    switch end {
    case .finished(let result) where result.bytes.count > settings.maximumBytes:
      let message = "the result has \(result.bytes.count) bytes; at most \(settings.maximumBytes) can be sent"
      keep(.failed(reference, .invalidJob, message: message), of: reference, at: now)
    case .finished(let result): keep(.result(reference, result), of: reference, at: now)
    case .failed(let kind, let message):
      keep(.failed(reference, kind, message: message), of: reference, at: now)
    case .interrupted(let checkpoint):
      keep(.handBack(reference, sendable(checkpoint), leaving: isLeaving), of: reference, at: now)
    case .unable(let reason):
      // Leaving, rather than taking the next job at once, lets the supervisor wait before it tries this host again.
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
  mutating func sendable(_ checkpoint: Checkpoint?) -> Checkpoint? {
    guard let checkpoint, checkpoint.bytes.count > settings.maximumBytes else { return checkpoint }
    effects.append(
      .note(
        Note(.warning, "dropped a checkpoint of \(checkpoint.bytes.count) bytes: it is too large to send")))
    return nil
  }

  mutating func startLeaving(at now: Instant) {
    if case .leaving = phase { return }
    phase = .leaving(until: now + settings.leaveLimit)
    dropNext(at: now)
    interrupt(at: now)
    leaveIfDone()
  }

  mutating func leaveIfDone() {
    guard case .leaving = phase, running == nil, outcomes.isEmpty else { return }
    effects.append(.send(.goodbye))
    exit(exitWhenLeft)
  }

  /// The job would not stop, or the coordinator did not acknowledge in time.
  mutating func giveUpLeaving(at now: Instant) {
    if let running { effects.append(.send(.handBack(running.reference, nil, leaving: true))) }
    effects.append(.send(.goodbye))
    exit(exitWhenLeft)
  }

  private mutating func start(_ assignment: Assignment, at now: Instant) {
    let reference = assignment.reference
    guard JobID(ofPayload: assignment.payload) == reference.job else {
      let message = "the payload that arrived does not match the job's identity"
      return keep(.failed(reference, .other, message: message), of: reference, at: now)
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

  /// Says an outcome, and keeps it until it is acknowledged.
  private mutating func keep(_ message: WorkerMessage, of reference: AttemptReference, at now: Instant) {
    outcomes.append(Outcome(reference: reference, message: message, sent: now))
    effects.append(.send(message))
    recentlyEnded.append(reference)
    if recentlyEnded.count > Self.endedKept { recentlyEnded.removeFirst() }
  }
}
