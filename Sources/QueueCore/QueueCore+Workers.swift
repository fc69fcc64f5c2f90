import QueueProtocol

/// Workers that come, show that they are alive, and go.
extension QueueCore {
  mutating func register(_ registration: Registration, _ peer: PeerID, at now: Instant) {
    let slot = slotOfWorker[registration.worker] ?? newSlot(for: registration, peer, at: now)
    connect(slot, to: peer, at: now)
    workers[slot]?.lastHeard = now
    if phase != .running { return effects.append(.send(to: peer, .leave)) }
    effects.append(.send(to: peer, .welcome(heartbeatSeconds: settings.heartbeatInterval.seconds)))
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
    addSteps(lease.jobIndex, progress.step - lease.step)
    self.progress.stepsMade += max(0, progress.step - lease.step)
    lease.noteRate(steps: progress.step - lease.step, at: now)
    (lease.step, lease.reports, lease.totalSteps) = (progress.step, progress.reports, progress.totalSteps)
    lease.loss = progress.loss ?? lease.loss
    lease.lastProgress = now
    workers[slot]?.activity = .running(lease)
    if let loss = progress.loss { workers[slot]?.losses.add(step: progress.step, loss: loss) }
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
        workers[slot]?.activity = .running(lease)
        return
      }
      if let reported { stop(reported, at: worker.peer, "it is not this worker's attempt") }
      // A registration means that what was sent before it may be lost.
      if isFirstWord { assignAgain(slot, at: now) }
    case (.idle, let reported?):
      if resume(reported, at: slot, now) { return }
      stop(reported, at: worker.peer, "the coordinator has given the attempt up")
      setActivity(.stopping(reported), of: slot)
    case (.stopping, let reported?):
      stop(reported, at: worker.peer, "the coordinator has given the attempt up")
      setActivity(.stopping(reported), of: slot)
    case (.stopping, nil):
      setActivity(.idle, of: slot)
      giveOutJobs(at: now)
    case (.distrusted, let reported?): stop(reported, at: worker.peer, "this worker's results are wrong")
    case (.idle, nil), (.distrusted, nil), (.leaving, _): break
    }
  }

  mutating func showProgress(_ slot: Int, at now: Instant) {
    guard case .running(var lease) = workers[slot]?.activity else { return }
    lease.lastProgress = now
    workers[slot]?.activity = .running(lease)
  }

  mutating func assignAgain(_ slot: Int, at now: Instant) {
    guard let worker = workers[slot], case .running(var lease) = worker.activity else { return }
    lease.lastConfirmed = now
    workers[slot]?.activity = .running(lease)
    let reference = AttemptReference(attempt: lease.attempt, job: jobs[lease.jobIndex].id)
    effects.append(.assign(to: worker.peer, reference, position: lease.jobIndex))
  }

  /// The worker says that the job that it has is its last.
  mutating func retire(_ slot: Int) {
    workers[slot]?.isRetiring = true
    if workers[slot]?.activity == .idle { setActivity(.idle, of: slot) }
  }

  mutating func stop(_ reference: AttemptReference, at peer: PeerID, _ reason: String) {
    effects.append(.send(to: peer, .stop(reference, reason: reason)))
  }

  mutating func processEnded(_ id: WorkerID, _ status: ProcessStatus, at now: Instant) {
    guard let slot = slotOfWorker[id] else { return }
    let kind: AttemptEnd.Kind = status.isCrash ? .crash : .workerGone
    remove(slot, AttemptEnd(kind, "its process ended with \(status)"), at: now)
  }

  /// Takes a worker out; its job, if it has one, ends so.
  mutating func remove(_ slot: Int, _ end: AttemptEnd, at now: Instant) {
    guard let worker = workers[slot] else { return }
    note(.info, "worker \(worker.id) on \(worker.registration.host) has gone")
    if case .running = worker.activity { endLease(slot, end, at: now) }
    workers[slot] = nil
    idleSlots.remove(slot)
    freeSlots.insert(slot)
    slotOfWorker[worker.id] = nil
    slotOfPeer[worker.peer] = nil
    progress.workers -= 1
    giveOutJobs(at: now)
  }

  /// Keeps `idleSlots` and the activity together.
  mutating func setActivity(_ activity: WorkerEntry.Activity, of slot: Int) {
    var activity = activity
    if activity == .idle, let worker = workers[slot] {
      if distrusted.contains(worker.id) { activity = .distrusted }
      if phase != .running || worker.isRetiring { activity = .leaving }
    }
    workers[slot]?.activity = activity
    if activity == .idle { idleSlots.insert(slot) } else { idleSlots.remove(slot) }
  }

  private mutating func newSlot(for registration: Registration, _ peer: PeerID, at now: Instant) -> Int {
    let slot = freeSlots.popFirst() ?? workers.count
    if slot == workers.count { workers.append(nil) }
    workers[slot] = WorkerEntry(registration: registration, peer: peer, lastHeard: now)
    slotOfWorker[registration.worker] = slot
    progress.workers += 1
    setActivity(.idle, of: slot)
    note(
      .info,
      "worker \(registration.worker) on \(registration.host) (process \(registration.pid)) has registered")
    return slot
  }

  private mutating func connect(_ slot: Int, to peer: PeerID, at now: Instant) {
    if let old = workers[slot]?.peer, old != peer, slotOfPeer[old] == slot { slotOfPeer[old] = nil }
    if let other = slotOfPeer[peer], other != slot {
      remove(other, AttemptEnd(.workerGone, "another worker took its connection"), at: now)
    }
    workers[slot]?.peer = peer
    slotOfPeer[peer] = slot
  }
}
