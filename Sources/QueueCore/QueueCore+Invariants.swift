import QueueProtocol

/// A contradiction in the queue's state: a defect in the core.
package struct InvariantViolation: Error, Hashable, Sendable, CustomStringConvertible {
  /// The violated invariant, and the history of the job concerned.
  package let description: String
}

extension QueueCore {
  /// Looks for contradictions. O(jobs + workers): for tests and for looking for defects.
  ///
  /// - Throws: `InvariantViolation` with the story of the job concerned.
  package func checkInvariants() throws(InvariantViolation) {
    var counted = QueueProgress()
    let superseded = Set(earlier.values.map(\.index))
    for index in jobs.indices {
      try check(jobs[index], index, isSuperseded: superseded.contains(index), &counted)
    }
    if let contradiction = workers.contradiction { throw InvariantViolation(description: contradiction) }
    for slot in workers.slots {
      if let worker = workers[slot] { try check(worker, slot, &counted) }
    }
    counted.stepsMade = progress.stepsMade
    (counted.auditsPassed, counted.auditsDisputed) = (progress.auditsPassed, progress.auditsDisputed)
    counted.auditsSkipped = progress.auditsSkipped
    try require(counted == progress, "counted \(counted), but the counters say \(progress)")
    try require(
      phase != .running || ready.isEmpty || workers.firstIdle == nil, "jobs are queued while workers are idle"
    )
    for group in auditGroups where phase == .running {
      try require(
        group.jobs.isEmpty || idleSlot(for: group.excluded) == nil, "an audit waits while workers are idle")
    }
    try require(audits.count == jobs.count { $0.isInAudit }, "audits without jobs")
    try require(deferred.isEmpty || storageProblem != nil, "events are deferred for no reason")
    try require(receiving == studies.count { $0.isReceiving }, "\(receiving) studies are to go on")
    for study in studies.indices { try check(study) }
  }

  private func check(_ place: Int) throws(InvariantViolation) {
    let study = studies[place]
    var counts = StudyEntry.Counts()
    var (steps, waiting) = (0, 0)
    for index in study.jobs.map(Int.init) {
      counts.add(jobs[index].state)
      steps += standingSteps(index)
      if jobs[index].state == .queued, !jobs[index].isInAudit { waiting += 1 }
    }
    try require(
      counts == study.counts, "study \(study.id) has \(counts), but the counters say \(study.counts)")
    try require(
      steps == study.steps, "study \(study.id) has \(steps) steps, but the counter says \(study.steps)")
    try require(
      waiting == study.waiting, "study \(study.id) has \(waiting) jobs to give out, not \(study.waiting)")
    try require(
      ready.contains(place) == (waiting > 0 && !study.isCancelled), "study \(study.id) ready and not ready")
    try require(
      study.isCancelled || study.queue.count >= waiting, "jobs of study \(study.id) are lost from its queue")
    try require(study.queue.count <= study.jobs.count, "the queue of study \(study.id) grows")
    try require(study.jobs.count <= study.total, "study \(study.id) has too many jobs")
  }

  private func check(
    _ job: JobEntry, _ index: Int, isSuperseded: Bool, _ counted: inout QueueProgress
  ) throws(InvariantViolation) {
    let running = job.attempts.filter { $0.end == nil }
    try require(
      indexOfJob[job.id] == index || isSuperseded, "the job is lost", job)
    try require(job.isInAudit == (audits[index] != nil), "in an audit and not", job)
    try require(job.attempts.count <= JobEntry.attemptsKept + 1, "too many attempts are kept", job)
    try require(
      job.isOpen == isWanted(index) || job.state == .failed || job.endedWithResult, "nobody's job, or lost",
      job)
    try require(
      job.attempts.allSatisfy { ($0.end == nil) == ($0.ended == nil) }, "an attempt ended by half", job)
    try require(Set(job.attempts.map(\.id)).count == job.attempts.count, "an attempt stands twice", job)
    try require(job.state == .failed || job.failures < settings.failureLimit, "failed too often", job)
    switch job.state {
    case .queued:
      counted.queued += 1
      try require(running.isEmpty, "an attempt of a queued job runs", job)
      counted.steps += job.steps
    case .leased(let slot):
      counted.running += 1
      guard let worker = workers[slot],
        case .running(let lease) = worker.activity
      else { throw InvariantViolation(description: "leased to nobody\n\(job.story)") }
      try require(lease.jobIndex == index, "leased to a worker that has another job", job)
      try require(running.map(\.id) == [lease.attempt], "not exactly the leased attempt runs", job)
      try require(running.first?.worker == worker.id, "the attempt is another worker's", job)
      counted.steps += lease.step
    case .finished:
      counted.finished += 1
      counted.steps += job.steps
    case .failed:
      counted.failed += 1
      try require(running.isEmpty, "an attempt of a failed job runs", job)
      counted.steps += job.steps
    case .cancelled:
      counted.cancelled += 1
      try require(running.isEmpty, "an attempt of a cancelled job runs", job)
      counted.steps += job.steps
    }
  }

  private func check(_ worker: WorkerEntry, _ slot: Int, _ counted: inout QueueProgress)
    throws(InvariantViolation)
  {
    counted.workers += 1
    if case .running(let lease) = worker.activity {
      try require(
        jobs[lease.jobIndex].state == .leased(slot), "a worker has a job not leased", jobs[lease.jobIndex])
    }
  }

  private func require(
    _ condition: Bool, _ what: @autoclosure () -> String, _ job: JobEntry? = nil
  ) throws(InvariantViolation) {
    if !condition { throw InvariantViolation(description: what() + (job.map { "\n" + $0.story } ?? "")) }
  }
}
