import Digests
import QueueProtocol

/// One worker's result of a job that is audited.
package struct AuditCandidate: Hashable, Sendable {
  /// The attempt.
  package var attempt: AttemptID
  /// The worker that it was given to.
  package var worker: WorkerID
  /// The digest of what it brought.
  package var digest: SHA256Digest
  /// The job's steps.
  package var steps: Int

  /// All that is known.
  package init(attempt: AttemptID, worker: WorkerID, digest: SHA256Digest, steps: Int) {
    self.attempt = attempt
    self.worker = worker
    self.digest = digest
    self.steps = steps
  }
}

/// The results so far of the jobs that are audited, and the queues of those that wait for a further worker.
struct AuditBook: Sendable {
  /// Jobs that wait for another worker than these.
  struct Group: Sendable {
    let excluded: [WorkerID]
    fileprivate(set) var jobs = IndexHeap()
    /// When there last was a worker that could have taken them.
    fileprivate(set) var lastPossible: Instant
  }

  private var candidates: [Int: [AuditCandidate]] = [:]
  private(set) var groups: [Group] = []

  /// How many jobs are audited.
  var count: Int { candidates.count }

  /// The results of a job, at least one; nil if it isn't audited.
  subscript(job: Int) -> [AuditCandidate]? { candidates[job] }

  /// The job is audited with these results, or no longer. It must not be queued.
  mutating func set(_ results: [AuditCandidate]?, of job: Int) { candidates[job] = results }

  /// Queues a job that is audited for a worker that has not brought a result of it. O(groups + log jobs).
  mutating func enqueue(_ job: Int, at now: Instant) {
    guard let excluded = candidates[job]?.map(\.worker) else { return }
    let place =
      groups.firstIndex { $0.excluded == excluded }
      ?? {
        groups.append(Group(excluded: excluded, lastPossible: now))
        return groups.count - 1
      }()
    groups[place].jobs.insert(job)
  }

  /// Takes a job that is audited from its queue. O(groups + log jobs).
  mutating func dequeue(_ job: Int) {
    guard let excluded = candidates[job]?.map(\.worker),
      let place = groups.firstIndex(where: { $0.excluded == excluded })
    else { return }
    groups[place].jobs.remove(job)
  }

  /// There may have been a worker for all groups until now, as nobody could look.
  mutating func restartWaiting(at now: Instant) {
    for place in groups.indices { groups[place].lastPossible = now }
  }

  /// The jobs for which there has been no worker for `patience`, in groups that `isPossible` decides upon. O(groups).
  mutating func overdue(
    after patience: Duration, at now: Instant, isPossible: (_ excluded: [WorkerID]) -> Bool
  ) -> [Int] {
    var jobs: [Int] = []
    for place in groups.indices {
      if groups[place].jobs.isEmpty || isPossible(groups[place].excluded) { groups[place].lastPossible = now }
      if now - groups[place].lastPossible >= patience { jobs += groups[place].jobs.all }
    }
    return jobs
  }

  /// Forgets groups without jobs. O(groups).
  mutating func removeEmptyGroups() { groups.removeAll { $0.jobs.isEmpty } }
}
