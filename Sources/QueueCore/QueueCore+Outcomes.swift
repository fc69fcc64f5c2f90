import QueueProtocol

/// What workers bring: checkpoints, results, failures, and jobs handed back.
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
    jobs[index].steps = checkpoint.step
    effects.append(.store(.checkpoint(reference, checkpoint, at: now)))
  }

  /// A result is taken from whoever has it while the job is open: its bits depend on the job alone.
  mutating func take(
    _ result: JobResult, of reference: AttemptReference, from peer: PeerID, _ slot: Int?, at now: Instant
  ) {
    guard let index = index(of: reference) else {
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
        .warning, "dropped a result of job \(reference.job): attempt \(reference.attempt) is not its own")
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
      if let checkpoint, let index = index(of: reference) {
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
