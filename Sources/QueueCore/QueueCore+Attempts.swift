import Digests
import QueueProtocol

/// Attempts that start and end.
extension QueueCore {
  /// Gives queued jobs to idle workers: first those that are trained again to compare results, then by priority, then to
  /// the study with the fewest running jobs, then in the study's order.
  mutating func giveOutJobs(at now: Instant) {
    guard phase == .running else { return }
    for place in schedule.audits.groups.indices {
      while let slot = idleSlot(for: schedule.audits.groups[place].excluded),
        let index = schedule.audits.groups[place].jobs.first
      {
        start(index, at: slot, now)
      }
    }
    while let slot = workers.firstIdle, let study = schedule.nextStudy,
      let index = schedule.nextJob(of: study)
    {
      start(index, at: slot, now)
    }
  }

  /// At most as many idle workers are looked at as are excluded, and one more.
  func idleSlot(for excluded: [WorkerID]) -> Int? {
    workers.allIdle.first { slot in workers[slot].map { !excluded.contains($0.id) } ?? false }
  }

  private mutating func start(_ index: Int, at slot: Int, _ now: Instant) {
    guard let worker = workers[slot] else { return }
    let attempt = AttemptID(nextAttempt)
    nextAttempt += 1
    log.started += 1
    let record = AttemptRecord(
      id: attempt, worker: worker.id, host: worker.registration.host, started: now)
    schedule.update(index) { job in
      job.attempts.append(record)
      job.trimAttempts()
    }
    lease(index, attempt, to: slot, at: now)
    effects.append(.store(.attemptStarted(record, position: index)))
    effects.append(
      .assign(to: worker.peer, AttemptReference(attempt: attempt, job: jobs[index].id), position: index))
  }

  /// Lets a worker keep an attempt that was given up through no fault of the job's, if nobody else has the job.
  mutating func resume(_ reference: AttemptReference, at slot: Int, _ now: Instant) -> Bool {
    guard phase == .running, let index = schedule.index(of: reference), jobs[index].state == .queued,
      let place = jobs[index].attemptIndex(reference.attempt), let worker = workers[slot],
      jobs[index].attempts[place].worker == worker.id, !distrusted.contains(worker.id),
      schedule.audits[index]?.contains(where: { $0.worker == worker.id }) != true,
      let end = jobs[index].attempts[place].end, !end.kind.countsAsFailure, end.kind != .finished,
      end.kind != .cancelled
    else { return false }
    // The latest attempt stands last.
    schedule.update(index) { job in
      var record = job.attempts.remove(at: place)
      (record.ended, record.end) = (nil, nil)
      job.attempts.append(record)
    }
    lease(index, reference.attempt, to: slot, at: now)
    effects.append(.store(.attemptResumed(reference)))
    note(.info, "worker \(worker.id) resumes attempt \(reference.attempt) of job \(reference.job)")
    return true
  }

  private mutating func lease(_ index: Int, _ attempt: AttemptID, to slot: Int, at now: Instant) {
    setActivity(
      .running(
        Lease(
          attempt: attempt, jobIndex: index, step: jobs[index].steps, lastProgress: now,
          stallLimit: settings.stallLimit * (1 << min(jobs[index].stuckCount, 8)), lastConfirmed: now,
          lastBeat: now)),
      of: slot)
    workers.forgetLosses(of: slot)
    schedule.setState(index, .leased(slot), at: now)
  }

  /// Ends the attempt that a worker has. The job is queued again or, after too many failures, set aside. What the
  /// worker does next is the caller's to say: until then it is `leaving`.
  mutating func endLease(_ slot: Int, _ end: AttemptEnd, at now: Instant) {
    guard let worker = workers[slot], case .running(let lease) = worker.activity else { return }
    let index = lease.jobIndex
    setActivity(.leaving, of: slot)
    close(lease.attempt, of: index, end, at: now)
    schedule.setStandingSteps(index, jobs[index].steps)
    schedule.setState(index, .queued, at: now)
    if end.kind.countsAsFailure {
      schedule.update(index) { $0.failures += 1 }
      note(.warning, "job \(jobs[index].id) failed on worker \(worker.id): \(explain(end))")
      if end.kind.isDeterministic {
        setAside(index, "\(explain(end)); it would fail the same way again", at: now)
      } else if jobs[index].failures >= settings.failureLimit {
        setAside(index, "\(jobs[index].failures) attempts failed, last: \(explain(end))", at: now)
      }
    } else {
      note(.info, "job \(jobs[index].id) is requeued: \(explain(end))")
      tellOfLosses(index)
    }
  }

  /// Marks the attempt as ended.
  private mutating func close(_ attempt: AttemptID, of index: Int, _ end: AttemptEnd, at now: Instant) {
    if let place = jobs[index].attemptIndex(attempt) {
      schedule.update(index) { ($0.attempts[place].ended, $0.attempts[place].end) = (now, end) }
      log.add(jobs[index].attempts[place], jobIndex: index)
    }
    let reference = AttemptReference(attempt: attempt, job: jobs[index].id)
    effects.append(.store(.attemptEnded(reference, end, at: now)))
  }

  /// Nobody works at the job.
  mutating func setAside(_ index: Int, _ reason: String, at now: Instant) {
    schedule.setState(index, .failed, at: now)
    endAudit(index)
    log.addSetAside(index, reason)
    effects.append(.store(.jobFailed(position: index, reason: reason, at: now)))
    note(.error, "job \(jobs[index].id) is set aside: \(reason)\n\(jobs[index].history)")
  }

  /// A job whose workers are lost each time, for a reason that nobody sees, is never set aside, so the log tells it.
  private mutating func tellOfLosses(_ index: Int) {
    let losses = jobs[index].attempts.count {
      $0.end.map { $0.kind == .workerGone || $0.kind == .stuck } ?? false
    }
    guard losses >= Int(jobs[index].lossesTold) + 10 else { return }
    schedule.update(index) { $0.lossesTold = Int32(losses) }
    note(
      .warning, "job \(jobs[index].id) has lost its worker \(losses) times; is there enough memory for it?")
  }

  private func explain(_ end: AttemptEnd) -> String {
    end.message.isEmpty ? end.kind.rawValue : "\(end.kind.rawValue): \(end.message)"
  }

  /// Marks an open job as finished.
  mutating func finish(
    _ index: Int, by reference: AttemptReference, from sender: Int?, _ result: JobResult, at now: Instant
  ) {
    detach(index, by: reference, from: sender, at: now)
    effects.append(.store(.result(reference, result, at: now)))
    takeFinished(index, result.digest, steps: result.steps)
  }

  /// Ends an attempt that brought a result. One that still runs elsewhere is stopped. The job's state is the caller's to
  /// change: no worker has it any more.
  mutating func detach(
    _ index: Int, by reference: AttemptReference, from sender: Int?, at now: Instant
  ) {
    if case .leased(let slot) = jobs[index].state, let worker = workers[slot],
      case .running(let lease) = worker.activity
    {
      schedule.setStandingSteps(index, jobs[index].steps)
      if lease.attempt == reference.attempt, slot == sender {
        setActivity(.leaving, of: slot)
      } else {
        let end = AttemptEnd(.superseded, "attempt \(reference.attempt) was first")
        interrupt(slot, lease, end, "another worker has finished the job", at: now)
      }
    }
    close(reference.attempt, of: index, AttemptEnd(.finished), at: now)
  }

  /// Ends the lease and tells the worker to stop. The job's state and steps are the caller's to change.
  mutating func interrupt(_ slot: Int, _ lease: Lease, _ end: AttemptEnd, _ reason: String, at now: Instant) {
    guard let worker = workers[slot] else { return }
    close(lease.attempt, of: lease.jobIndex, end, at: now)
    let reference = AttemptReference(attempt: lease.attempt, job: jobs[lease.jobIndex].id)
    setActivity(.stopping(reference), of: slot)
    stop(reference, at: worker.peer, reason)
  }

  /// The job has its result, and nobody works at it.
  mutating func takeFinished(_ index: Int, _ digest: SHA256Digest, steps: Int) {
    schedule.setState(index, .finished(digest), at: now)
    schedule.setSteps(index, steps)
    endAudit(index)
    schedule.update(index) { $0.attempts = [] }
  }

  /// The job is not queued.
  mutating func endAudit(_ index: Int) {
    guard jobs[index].isInAudit else { return }
    schedule.setCandidates(index, nil)
  }
}

/// Messages of workers: checkpoints, results, failures, and jobs handed back.
extension QueueCore {
  mutating func take(_ checkpoint: Checkpoint, of reference: AttemptReference, _ slot: Int, at now: Instant) {
    guard runs(reference, at: slot), case .running(let lease) = workers[slot]?.activity else { return }
    keep(checkpoint, of: reference, lease.jobIndex, at: now)
    showProgress(slot, at: now)
  }

  private mutating func keep(
    _ checkpoint: Checkpoint, of reference: AttemptReference, _ index: Int, at now: Instant
  ) {
    guard checkpoint.isIntact else {
      return note(.warning, "dropped a checkpoint of job \(reference.job): its bytes do not match its digest")
    }
    // An older one can only be late.
    guard checkpoint.step >= jobs[index].steps else { return }
    // The steps that stand are the worker's while it has the job.
    schedule.setCheckpoint(index, checkpoint.step)
    effects.append(.store(.checkpoint(reference, checkpoint, at: now)))
  }

  /// A result is taken from whoever has it while the job is open: its bits depend on the job alone.
  mutating func take(
    _ result: JobResult, of reference: AttemptReference, from peer: PeerID, _ slot: Int?, at now: Instant
  ) {
    guard let index = schedule.index(of: reference) else {
      note(.warning, "dropped a result of job \(reference.job), which is not in this queue")
      return release(reference, from: peer, slot, at: now)
    }
    guard result.isIntact else {
      let end = AttemptEnd(.digestMismatch, "the result's bytes do not match its digest \(result.digest.hex)")
      return takeFailure(end, of: reference, from: peer, slot, at: now)
    }
    switch jobs[index].state {
    case .queued, .leased: takeOpen(result, of: reference, index, slot, at: now)
    case .finished(result.digest), .cancelled: break
    case .finished(let first): tellOfDifference(reference, first, result.digest)
    case .failed: note(.warning, "dropped a late result of job \(reference.job), which is set aside")
    }
    release(reference, from: peer, slot, at: now)
  }

  private mutating func takeOpen(
    _ result: JobResult, of reference: AttemptReference, _ index: Int, _ slot: Int?, at now: Instant
  ) {
    guard let place = jobs[index].attemptIndex(reference.attempt) else {
      return note(
        .warning,
        "dropped a result of job \(reference.job): attempt \(reference.attempt) belongs to another job")
    }
    let worker = jobs[index].attempts[place].worker
    guard !distrusted.contains(worker) else {
      return note(
        .warning, "dropped a result of job \(reference.job) by worker \(worker), which is not trusted")
    }
    if jobs[index].isInAudit || isAudited(reference.job) {
      compare(result, of: reference, by: worker, index, from: slot, at: now)
    } else {
      finish(index, by: reference, from: slot, result, at: now)
    }
  }

  mutating func takeFailure(
    _ end: AttemptEnd, of reference: AttemptReference, from peer: PeerID, _ slot: Int?, at now: Instant
  ) {
    if let slot, runs(reference, at: slot) { endLease(slot, end, at: now) }
    release(reference, from: peer, slot, at: now)
  }

  mutating func takeBack(
    _ reference: AttemptReference, _ checkpoint: Checkpoint?, leaving: Bool, from peer: PeerID, _ slot: Int?,
    at now: Instant
  ) {
    if let slot, runs(reference, at: slot) {
      if let checkpoint, let index = schedule.index(of: reference) {
        keep(checkpoint, of: reference, index, at: now)
      }
      endLease(slot, AttemptEnd(.handedBack), at: now)
    }
    release(reference, from: peer, slot, leaving: leaving, at: now)
  }

  private func runs(_ reference: AttemptReference, at slot: Int) -> Bool {
    guard case .running(let lease) = workers[slot]?.activity else { return false }
    return lease.attempt == reference.attempt && jobs[lease.jobIndex].id == reference.job
  }

  /// Lets the worker forget the attempt's outcome and, if it has nothing else to do, gives it the next job.
  private mutating func release(
    _ reference: AttemptReference, from peer: PeerID, _ slot: Int?, leaving: Bool = false, at now: Instant
  ) {
    effects.append(.send(to: peer, .acknowledge(reference)))
    guard let slot, let worker = workers[slot] else { return giveOutJobs(at: now) }
    switch worker.activity {
    case .idle, .leaving, .distrusted: setActivity(leaving ? .leaving : .idle, of: slot)
    case .stopping(let stopped) where stopped.attempt == reference.attempt:
      setActivity(leaving ? .leaving : .idle, of: slot)
    case .stopping, .running: break
    }
    giveOutJobs(at: now)
  }
}
