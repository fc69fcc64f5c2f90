import Digests
import QueueProtocol

/// The one place where a job's state and steps change, so that all counters and queues follow.
extension QueueCore {
  mutating func setState(_ index: Int, _ new: JobEntry.State) {
    let old = jobs[index].state
    if old == .queued { leaveQueue(index) }
    jobs[index].state = new
    progress.count(old, -1)
    progress.count(new, 1)
    jobs[index].memberships.forEach { membership in
      let study = Int(membership.study)
      studies[study].counts.add(old, -1)
      studies[study].counts.add(new)
    }
    if new == .queued { enterQueue(index) } else { updateReady(index) }
  }

  /// The steps that the job's checkpoint or result has.
  mutating func setSteps(_ index: Int, _ steps: Int) {
    addSteps(index, steps - jobs[index].steps)
    jobs[index].steps = steps
  }

  /// Adds to the steps that stand.
  mutating func addSteps(_ index: Int, _ number: Int) {
    progress.steps += number
    jobs[index].memberships.forEach { studies[Int($0.study)].steps += number }
  }

  /// Adds the job to the end of the study.
  mutating func join(_ index: Int, _ study: Int) {
    let ordinal = studies[study].jobs.count
    studies[study].jobs.append(Int32(index))
    studies[study].counts.add(jobs[index].state)
    studies[study].steps += standingSteps(index)
    jobs[index].memberships.add(Membership(study: Int32(study), ordinal: Int32(ordinal)))
    guard jobs[index].state == .queued, !jobs[index].isInAudit else { return updateReady(study: study) }
    studies[study].waiting += 1
    if !studies[study].isCancelled { studies[study].queue.insert(ordinal) }
    updateReady(study: study)
  }

  /// Steps of the checkpoint or result, or of the worker that has the job.
  func standingSteps(_ index: Int) -> Int {
    guard case .leased(let slot) = jobs[index].state, case .running(let lease) = workers[slot]?.activity
    else {
      return jobs[index].steps
    }
    return lease.step
  }

  /// The next job in the order of the queue, without those of audits.
  func nextStudy() -> Int? { ready.first }

  /// The study's next job; it is still queued.
  mutating func nextJob(of study: Int) -> Int? {
    while let ordinal = studies[study].queue.popFirst() {
      let index = Int(studies[study].jobs[ordinal])
      if jobs[index].state == .queued, !jobs[index].isInAudit { return index }
    }
    return nil
  }

  /// Whether a study that is not cancelled has the job.
  func isWanted(_ index: Int) -> Bool {
    jobs[index].memberships.contains { !studies[Int($0.study)].isCancelled }
  }

  private mutating func enterQueue(_ index: Int) {
    if let candidates = audits[index] {
      let excluded = candidates.map(\.worker)
      let place =
        auditGroups.firstIndex { $0.excluded == excluded }
        ?? {
          auditGroups.append(AuditGroup(excluded: excluded, lastPossible: now))
          return auditGroups.count - 1
        }()
      auditGroups[place].jobs.insert(index)
      return updateReady(index)
    }
    jobs[index].memberships.forEach { membership in
      let study = Int(membership.study)
      studies[study].waiting += 1
      if !studies[study].isCancelled { studies[study].queue.insert(Int(membership.ordinal)) }
    }
    updateReady(index)
  }

  private mutating func leaveQueue(_ index: Int) {
    if let candidates = audits[index] {
      let excluded = candidates.map(\.worker)
      if let place = auditGroups.firstIndex(where: { $0.excluded == excluded }) {
        auditGroups[place].jobs.remove(index)
      }
    } else {
      jobs[index].memberships.forEach { studies[Int($0.study)].waiting -= 1 }
    }
  }

  private mutating func updateReady(_ index: Int) {
    jobs[index].memberships.forEach { updateReady(study: Int($0.study)) }
  }

  mutating func updateReady(study: Int) {
    if studies[study].waiting > 0, !studies[study].isCancelled {
      ready.set(study, key: studies[study].key)
    } else {
      ready.remove(study)
    }
  }
}

extension QueueProgress {
  mutating func count(_ state: JobEntry.State, _ number: Int) {
    switch state {
    case .queued: queued += number
    case .leased: running += number
    case .finished: finished += number
    case .failed: failed += number
    case .cancelled: cancelled += number
    }
  }
}
