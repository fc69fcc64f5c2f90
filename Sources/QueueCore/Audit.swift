import Digests
import QueueProtocol

/// Results that are compared before they are taken.
///
/// A job of an audit stays open after its first result, which is in the journal, and is trained from the start by
/// another worker. If both results are the same, the job is finished. If not, neither is taken and a third worker
/// decides; the one whose result lost gets no more jobs.
extension QueueCore {
  /// Whether a job's result is to be confirmed by a second worker: the job's digest decides.
  func isAudited(_ job: JobID) -> Bool {
    guard settings.auditFraction > 0 else { return false }
    let number = job.digest.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Double(number) / 0x1p64 < settings.auditFraction
  }

  /// Takes a result of the open job for comparison.
  mutating func compare(
    _ result: JobResult, of reference: AttemptReference, by worker: WorkerID, _ index: Int,
    from sender: Int?, at now: Instant
  ) {
    let known = schedule.audits[index] ?? []
    if let earlier = known.first(where: { $0.worker == worker }) {
      if earlier.digest != result.digest { tellOfDifference(reference, earlier.digest, result.digest) }
      return
    }
    let candidate = AuditCandidate(
      attempt: reference.attempt, worker: worker, digest: result.digest, steps: result.steps)
    switch known.count {
    case 0:
      note(.info, "job \(reference.job) is trained again by another worker for comparison")
      wait(index, with: [candidate], reference, from: sender, at: now)
      effects.append(.store(.candidate(reference, result, worker, at: now)))
    case 1 where known[0].digest == result.digest:
      auditTally.passed += 1
      detach(index, by: reference, from: sender, at: now)
      takeFinished(index, result.digest, steps: result.steps)
      effects.append(.store(.confirmed(position: index, at: now)))
    case 1:
      auditTally.disputed += 1
      note(
        .error,
        """
        job \(reference.job) has two different results: \(known[0].digest.hex) by worker \(known[0].worker) and \
        \(result.digest.hex) by worker \(worker); a third worker decides
        """)
      wait(index, with: known + [candidate], reference, from: sender, at: now)
      effects.append(.store(.disputed(candidate, position: index)))
    case _ where known.contains { $0.digest == result.digest }:
      finish(index, by: reference, from: sender, result, at: now)
      for loser in known where loser.digest != result.digest {
        distrust(
          loser.worker, "its result of job \(reference.job) differs from that of two other workers", at: now)
      }
    default:
      detach(index, by: reference, from: sender, at: now)
      setAside(
        index, "three workers returned three different results: its result does not depend on the job alone",
        at: now)
    }
  }

  /// Queues the job again, for a worker that has not brought a result of it.
  private mutating func wait(
    _ index: Int, with candidates: [AuditCandidate], _ reference: AttemptReference, from sender: Int?,
    at now: Instant
  ) {
    detach(index, by: reference, from: sender, at: now)
    schedule.setSteps(index, 0)
    // It leaves the queue of one group of workers before it enters that of another.
    if jobs[index].state == .queued { schedule.setState(index, .cancelled, at: now) }
    schedule.setCandidates(index, candidates)
    schedule.setState(index, .queued, at: now)
  }

  /// The worker gets no more jobs; what it has goes to another.
  private mutating func distrust(_ worker: WorkerID, _ reason: String, at now: Instant) {
    guard distrusted.insert(worker).inserted else { return }
    let slot = workers.slot(of: worker)
    let host = slot.flatMap { workers[$0]?.registration.host } ?? "?"
    note(
      .error,
      "worker \(worker) on \(host) gets no more jobs: \(reason); check the memory and processor of that host")
    effects.append(.store(.workerDistrusted(worker, host: host, reason: reason, at: now)))
    guard let slot, let entry = workers[slot] else { return }
    if case .running(let lease) = entry.activity {
      let reference = AttemptReference(attempt: lease.attempt, job: jobs[lease.jobIndex].id)
      endLease(slot, AttemptEnd(.distrusted, reason), at: now)
      setActivity(.stopping(reference), of: slot)
      stop(reference, at: entry.peer, "this worker's results are wrong")
    } else if entry.activity == .idle {
      setActivity(.idle, of: slot)
    }
  }

  /// Takes results without a second worker's when none could come for `QueueSettings.auditPatience`.
  mutating func skipAudits(at now: Instant) {
    guard !schedule.audits.groups.isEmpty else { return }
    let trusted = workers.all.filter { !distrusted.contains($0.id) && $0.activity != .leaving }.map(\.id)
    let overdue = schedule.overdueAudits(after: settings.auditPatience, at: now) { excluded in
      trusted.contains { !excluded.contains($0) }
    }
    for index in overdue { skipAudit(index, at: now) }
    schedule.removeEmptyAuditGroups()
  }

  private mutating func skipAudit(_ index: Int, at now: Instant) {
    guard let known = schedule.audits[index], let first = known.first else { return }
    // The only result there is may be wrong: it waits for a worker that is trusted.
    if known.count == 1, distrusted.contains(first.worker) { return }
    auditTally.skipped += 1
    if known.count == 1 {
      note(.warning, "job \(jobs[index].id) was not audited: there was no second worker to train it")
      takeFinished(index, first.digest, steps: first.steps)
      effects.append(.store(.confirmed(position: index, at: now)))
    } else {
      setAside(index, "two workers returned different results, and no third was available to decide", at: now)
    }
  }

  /// Two results of one job that are both known to be the worker's own.
  mutating func tellOfDifference(_ reference: AttemptReference, _ kept: SHA256Digest, _ other: SHA256Digest) {
    note(
      .error,
      """
      job \(reference.job) has two different results: \(kept.hex) was kept, attempt \(reference.attempt) brought \
      \(other.hex). A job's bits must depend on the job alone: does a host compute wrongly?
      """)
  }
}
