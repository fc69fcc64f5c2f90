import QueueProtocol

/// A contradiction in the queue's state: a defect in the core.
package struct InvariantViolation: Error, Hashable, Sendable, CustomStringConvertible {
  /// The violated invariant, and the history of the job concerned.
  package let description: String
}

extension QueueCore {
  /// Looks for contradictions. O(jobs + workers): for tests, damaged journals and looking for defects.
  ///
  /// - Throws: `InvariantViolation` with the history of the job concerned.
  package func checkInvariants() throws(InvariantViolation) {
    try schedule.checkInvariants()
    for index in jobs.indices { try check(jobs[index], index) }
    if let contradiction = workers.contradiction { throw InvariantViolation(description: contradiction) }
    for slot in workers.slots {
      guard let worker = workers[slot], case .running(let lease) = worker.activity else { continue }
      try require(
        jobs[lease.jobIndex].state == .leased(slot), "a worker has a job not leased", jobs[lease.jobIndex])
    }
    try require(
      phase != .running || schedule.nextStudy == nil || workers.firstIdle == nil,
      "jobs are queued while workers are idle")
    for group in schedule.audits.groups where phase == .running {
      try require(
        group.jobs.isEmpty || idleSlot(for: group.excluded) == nil, "an audit waits while workers are idle")
    }
    try require(deferred.isEmpty || storageProblem != nil, "events are deferred for no reason")
  }

  private func check(_ job: JobEntry, _ index: Int) throws(InvariantViolation) {
    let running = job.attempts.filter { $0.end == nil }
    try require(job.attempts.count <= JobEntry.attemptsKept + 1, "too many attempts are kept", job)
    try require(
      job.attempts.allSatisfy { ($0.end == nil) == ($0.ended == nil) }, "an attempt ended by half", job)
    try require(Set(job.attempts.map(\.id)).count == job.attempts.count, "an attempt stands twice", job)
    try require(job.state == .failed || job.failures < settings.failureLimit, "failed too often", job)
    guard case .leased(let slot) = job.state else {
      return try require(
        running.isEmpty || job.endedWithResult, "an attempt runs of a job that nobody has", job)
    }
    guard let worker = workers[slot], case .running(let lease) = worker.activity else {
      throw InvariantViolation(description: "leased to nobody\n\(job.history)")
    }
    try require(lease.jobIndex == index, "leased to a worker that has another job", job)
    try require(running.map(\.id) == [lease.attempt], "not exactly the leased attempt runs", job)
    try require(running.first?.worker == worker.id, "the attempt is another worker's", job)
    try require(lease.step == job.standingSteps, "the lease has other steps than stand", job)
  }

  private func require(
    _ condition: Bool, _ what: @autoclosure () -> String, _ job: JobEntry? = nil
  ) throws(InvariantViolation) {
    if !condition { throw InvariantViolation(description: what() + (job.map { "\n" + $0.history } ?? "")) }
  }
}
