import QueueProtocol

/// Workers that come, show that they are alive, and go.
extension QueueCore {
  mutating func register(_ registration: Registration, _ peer: PeerID, at now: Instant) {
    if let replaced = registration.replaces, replaced.worker != registration.worker,
      let slot = workers.slot(of: replaced.worker),
      workers[slot]?.registration.host == registration.host
    {
      processEnded(replaced.worker, replaced.status, at: now)
    }
    let slot = workers.slot(of: registration.worker) ?? add(registration, peer, at: now)
    connect(slot, to: peer, at: now)
    workers.hear(slot, at: now)
    if phase != .running { return effects.append(.send(to: peer, .leave)) }
    effects.append(
      .send(
        to: peer,
        .welcome(heartbeatSeconds: settings.heartbeatInterval.seconds, coordinator: settings.version)))
    settle(slot, reported: registration.current, isFirstWord: true, at: now)
    giveOutJobs(at: now)
  }

  mutating func beat(_ heartbeat: Heartbeat, _ slot: Int, at now: Instant) {
    guard let worker = workers[slot] else { return }
    if worker.activity == .leaving { return effects.append(.send(to: worker.peer, .leave)) }
    effects.append(.send(to: worker.peer, .alive))
    settle(slot, reported: heartbeat.current, isFirstWord: false, at: now)
    guard let progress = heartbeat.progress, case .running(var lease) = workers[slot]?.activity,
      lease.attempt == heartbeat.current?.attempt,
      (lease.step, lease.reports) != (progress.step, progress.reports)
    else { return }
    schedule.setStandingSteps(lease.jobIndex, progress.step)
    stepsMade += max(0, progress.step - lease.step)
    lease.noteRate(steps: progress.step - lease.step, at: now)
    (lease.step, lease.reports, lease.totalSteps) = (progress.step, progress.reports, progress.totalSteps)
    lease.loss = progress.loss ?? lease.loss
    lease.lastProgress = now
    workers.updateLease(of: slot) { $0 = lease }
    if let loss = progress.loss { workers.addLoss(loss, step: progress.step, of: slot) }
  }

  /// Brings what the worker says that it does and what it should do together.
  private mutating func settle(
    _ slot: Int, reported: AttemptReference?, isFirstWord: Bool, at now: Instant
  ) {
    guard let worker = workers[slot] else { return }
    switch (worker.activity, reported) {
    case (.running(var lease), let reported):
      if lease.attempt == reported?.attempt {
        lease.lastConfirmed = now
        workers.updateLease(of: slot) { $0 = lease }
        return
      }
      if let reported { stop(reported, at: worker.peer, "the attempt belongs to another worker") }
      // A registration means that what was sent before it may be lost.
      if isFirstWord { assignAgain(slot, at: now) }
    case (.idle, let reported?):
      if resume(reported, at: slot, now) { return }
      stop(reported, at: worker.peer, "the coordinator has abandoned the attempt")
      setActivity(.stopping(reported), of: slot)
    case (.stopping, let reported?):
      stop(reported, at: worker.peer, "the coordinator has abandoned the attempt")
      setActivity(.stopping(reported), of: slot)
    case (.stopping, nil):
      setActivity(.idle, of: slot)
      giveOutJobs(at: now)
    case (.distrusted, let reported?): stop(reported, at: worker.peer, "this worker's results are wrong")
    case (.idle, nil), (.distrusted, nil), (.leaving, _): break
    }
  }

  mutating func showProgress(_ slot: Int, at now: Instant) {
    workers.updateLease(of: slot) { $0.lastProgress = now }
  }

  mutating func assignAgain(_ slot: Int, at now: Instant) {
    guard let worker = workers[slot], case .running(let lease) = worker.activity else { return }
    workers.updateLease(of: slot) { $0.lastConfirmed = now }
    let reference = AttemptReference(attempt: lease.attempt, job: jobs[lease.jobIndex].id)
    effects.append(.assign(to: worker.peer, reference, position: lease.jobIndex))
  }

  /// The worker says that the job that it has is its last.
  mutating func retire(_ slot: Int) {
    workers.retire(slot)
    if workers[slot]?.activity == .idle { setActivity(.idle, of: slot) }
  }

  mutating func stop(_ reference: AttemptReference, at peer: PeerID, _ reason: String) {
    effects.append(.send(to: peer, .stop(reference, reason: reason)))
  }

  mutating func processEnded(_ id: WorkerID, _ status: ProcessStatus, at now: Instant) {
    guard let slot = workers.slot(of: id) else { return }
    let kind: AttemptEnd.Kind =
      status == .killedForMemory ? .outOfMemory : status.isCrash ? .crash : .workerGone
    remove(slot, AttemptEnd(kind, "its process ended with \(status)"), at: now)
  }

  /// Takes a worker out; its job, if it has one, ends so.
  mutating func remove(_ slot: Int, _ end: AttemptEnd, at now: Instant) {
    guard let worker = workers[slot] else { return }
    note(.info, "worker \(worker.id) on \(worker.registration.host) has left")
    if case .running = worker.activity { endLease(slot, end, at: now) }
    workers.remove(slot)
    giveOutJobs(at: now)
  }

  /// A worker that would be idle may not be allowed to.
  mutating func setActivity(_ activity: WorkerEntry.Activity, of slot: Int) {
    var activity = activity
    if activity == .idle, let worker = workers[slot] {
      if distrusted.contains(worker.id) { activity = .distrusted }
      if phase != .running || worker.isRetiring { activity = .leaving }
    }
    workers.setActivity(activity, of: slot)
  }

  private mutating func add(_ registration: Registration, _ peer: PeerID, at now: Instant) -> Int {
    removeOther(than: registration.worker, at: peer, now)
    let slot = workers.add(registration, at: peer, heard: now)
    setActivity(.idle, of: slot)
    note(
      .info,
      "worker \(registration.worker) on \(registration.host) (process \(registration.pid)) has registered")
    return slot
  }

  private mutating func connect(_ slot: Int, to peer: PeerID, at now: Instant) {
    guard let worker = workers[slot], worker.peer != peer else { return }
    removeOther(than: worker.id, at: peer, now)
    workers.connect(slot, to: peer)
  }

  private mutating func removeOther(than worker: WorkerID, at peer: PeerID, _ now: Instant) {
    guard let other = workers.slot(at: peer), workers[other]?.id != worker else { return }
    remove(other, AttemptEnd(.workerGone, "another worker took its connection"), at: now)
  }
}

/// Deadlines: effects of the passing of time.
extension QueueCore {
  mutating func checkDeadlines(at now: Instant) {
    for slot in workers.slots {
      guard let worker = workers[slot] else { continue }
      let silence = now - worker.lastHeard
      if silence >= settings.silenceLimit {
        note(
          .warning,
          "worker \(worker.id) on \(worker.registration.host) is silent: not heard for \(silence.wholeSeconds) s"
        )
        remove(slot, AttemptEnd(.silent, "not heard for \(silence.wholeSeconds) s"), at: now)
        effects.append(.gaveUp(worker.id))
        continue
      }
      guard case .running(let lease) = worker.activity else { continue }
      let stall = now - lease.lastProgress
      if stall >= lease.stallLimit {
        let reference = AttemptReference(attempt: lease.attempt, job: jobs[lease.jobIndex].id)
        endLease(slot, AttemptEnd(.stuck, "no sign of work for \(stall.wholeSeconds) s"), at: now)
        setActivity(.stopping(reference), of: slot)
        stop(reference, at: worker.peer, "no sign of work for \(stall.wholeSeconds) s")
      } else if now - lease.lastConfirmed >= settings.assignmentRepeat {
        assignAgain(slot, at: now)
      }
    }
    skipAudits(at: now)
    giveOutJobs(at: now)
  }
}

extension Duration {
  fileprivate var wholeSeconds: Int64 { components.seconds }
}
