/// Attempts that start and end.
extension QueueCore {
  /// Gives queued jobs to idle workers, in the order of the jobs.
  mutating func giveOutJobs(at now: Instant) {
    guard phase == .running else { return }
    while let slot = idleSlots.first, let worker = workers[slot], let index = queue.popFirst() {
      let attempt = AttemptID(nextAttempt)
      nextAttempt += 1
      let record = AttemptRecord(
        id: attempt, worker: worker.id, host: worker.registration.host, started: now)
      jobs[index].attempts.append(record)
      jobs[index].trimAttempts()
      lease(index, attempt, to: slot, at: now)
      effects.append(.store(.attemptStarted(record, job: jobs[index].id)))
      effects.append(.assign(to: worker.peer, AttemptReference(attempt: attempt, job: jobs[index].id)))
    }
  }

  /// Lets a worker keep an attempt that was given up through no fault of the job's, if nobody else has the job.
  mutating func resume(_ reference: AttemptReference, at slot: Int, _ now: Instant) -> Bool {
    guard phase == .running, let index = indexOfJob[reference.job], jobs[index].state == .queued,
      let place = jobs[index].attemptIndex(reference.attempt), let worker = workers[slot],
      jobs[index].attempts[place].worker == worker.id,
      jobs[index].attempts[place].end?.kind.countsAsFailure == false
    else { return false }
    // The latest attempt stands last.
    var record = jobs[index].attempts.remove(at: place)
    (record.ended, record.end) = (nil, nil)
    jobs[index].attempts.append(record)
    queue.remove(index)
    lease(index, reference.attempt, to: slot, at: now)
    effects.append(.store(.attemptResumed(reference)))
    note(.info, "worker \(worker.id) goes on with attempt \(reference.attempt) of job \(reference.job)")
    return true
  }

  private mutating func lease(_ index: Int, _ attempt: AttemptID, to slot: Int, at now: Instant) {
    jobs[index].state = .leased(slot)
    setActivity(
      .running(
        Lease(
          attempt: attempt, jobIndex: index, step: jobs[index].steps, lastProgress: now,
          stallLimit: settings.stallLimit * (1 << min(jobs[index].stuckCount, 8)), lastConfirmed: now)),
      of: slot)
    progress.queued -= 1
    progress.running += 1
  }

  /// Ends the attempt that a worker has. The job is queued again or, after too many failures, set aside. What the
  /// worker does next is the caller's to say: until then it is `leaving`.
  mutating func endLease(_ slot: Int, _ end: AttemptEnd, at now: Instant) {
    guard let worker = workers[slot], case .running(let lease) = worker.activity else { return }
    let index = lease.jobIndex
    setActivity(.leaving, of: slot)
    close(lease.attempt, of: index, end, at: now)
    progress.running -= 1
    progress.steps += jobs[index].steps - lease.step
    jobs[index].state = .queued
    progress.queued += 1
    queue.insert(index)
    if end.kind.countsAsFailure {
      note(.warning, "job \(jobs[index].id) failed on worker \(worker.id): \(explain(end))")
      if end.kind.isDeterministic || jobs[index].failureCount >= settings.failureLimit {
        setAside(index, end, at: now)
      }
    } else {
      note(.info, "job \(jobs[index].id) is queued again: \(explain(end))")
      tellOfLosses(index)
    }
  }

  /// Marks the attempt as ended.
  private mutating func close(_ attempt: AttemptID, of index: Int, _ end: AttemptEnd, at now: Instant) {
    if let place = jobs[index].attemptIndex(attempt) {
      (jobs[index].attempts[place].ended, jobs[index].attempts[place].end) = (now, end)
    }
    let reference = AttemptReference(attempt: attempt, job: jobs[index].id)
    effects.append(.store(.attemptEnded(reference, end, at: now)))
  }

  /// `index` is queued.
  private mutating func setAside(_ index: Int, _ end: AttemptEnd, at now: Instant) {
    queue.remove(index)
    jobs[index].state = .failed
    progress.queued -= 1
    progress.failed += 1
    let reason =
      end.kind.isDeterministic
      ? "\(explain(end)); it would end so again"
      : "\(jobs[index].failureCount) attempts failed, last: \(explain(end))"
    effects.append(.store(.jobFailed(jobs[index].id, reason: reason, at: now)))
    note(.error, "job \(jobs[index].id) is set aside: \(reason)\n\(jobs[index].story)")
  }

  /// A job that takes its workers with it each time (out of memory, say) is never set aside, so people must know.
  private mutating func tellOfLosses(_ index: Int) {
    let losses = jobs[index].attempts.count {
      $0.end.map { $0.kind == .workerGone || $0.kind == .stuck } ?? false
    }
    guard losses >= jobs[index].lossesTold + 10 else { return }
    jobs[index].lossesTold = losses
    note(
      .warning, "job \(jobs[index].id) has lost its worker \(losses) times; is there enough memory for it?")
  }

  private func explain(_ end: AttemptEnd) -> String {
    end.message.isEmpty ? end.kind.rawValue : "\(end.kind.rawValue): \(end.message)"
  }

  /// Marks an open job as finished. An attempt of it that still runs elsewhere is stopped.
  mutating func finish(
    _ index: Int, by reference: AttemptReference, from sender: Int?, _ result: JobResult, at now: Instant
  ) {
    let id = jobs[index].id
    if case .leased(let slot) = jobs[index].state, let worker = workers[slot],
      case .running(let lease) = worker.activity
    {
      let isOwn = lease.attempt == reference.attempt && slot == sender
      progress.running -= 1
      progress.steps -= lease.step
      if isOwn {
        setActivity(.leaving, of: slot)
      } else {
        close(
          lease.attempt, of: index, AttemptEnd(.superseded, "attempt \(reference.attempt) was first"), at: now
        )
        let other = AttemptReference(attempt: lease.attempt, job: id)
        setActivity(.stopping(other), of: slot)
        stop(other, at: worker.peer, "another worker has finished the job")
      }
    } else {
      queue.remove(index)
      progress.queued -= 1
      progress.steps -= jobs[index].steps
    }
    close(reference.attempt, of: index, AttemptEnd(.finished), at: now)
    effects.append(.store(.result(reference, result, at: now)))
    jobs[index].state = .finished(result.digest)
    jobs[index].steps = result.steps
    jobs[index].attempts = []
    progress.finished += 1
    progress.steps += result.steps
  }
}
