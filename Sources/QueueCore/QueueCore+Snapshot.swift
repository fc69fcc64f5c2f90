import QueueProtocol

/// Snapshots for display.
extension QueueCore {
  /// Its part of the counters.
  package var counters: QueueCounters {
    var counters = QueueCounters()
    counters.stepsMade = progress.stepsMade
    (counters.attemptsStarted, counters.attemptsEnded) = (log.started, log.counts)
    return counters
  }

  /// The losses of running attempts. O(workers).
  package var lossCurves: [AttemptID: LossCurve] {
    var curves: [AttemptID: LossCurve] = [:]
    for worker in workers.all {
      guard case .running(let lease) = worker.activity, !worker.losses.points.isEmpty else { continue }
      curves[lease.attempt] = worker.losses
    }
    return curves
  }

  /// How far studies are, oldest first. Of more than fit, those that have not ended and the newest are taken.
  /// O(studies + workers).
  package func statusesForSnapshot() -> [StudyStatus] {
    var room = QueueSnapshot.maximumStudies
    if studies.count <= room { return statuses(at: studies.indices) }
    var chosen: [Int] = []
    for wantsEnded in [false, true] {
      for place in studies.indices.reversed() where room > 0 && studies[place].hasEnded == wantsEnded {
        chosen.append(place)
        room -= 1
      }
    }
    return statuses(at: chosen.sorted())
  }

  /// The newest first.
  package var failuresForSnapshot: [StudyFailure] {
    log.setAside.reversed().compactMap { entry in
      let job = jobs[entry.jobIndex]
      guard job.state == .failed, let place = firstPlace(of: entry.jobIndex) else { return nil }
      return StudyFailure(
        study: studies[Int(place.study)].id,
        member: FailedJobStatus(
          place: Int(place.ordinal), job: job.id, reason: entry.reason, history: job.attempts))
    }
  }

  /// The newest first.
  package var endsForSnapshot: [EndedAttempt] {
    log.ends.reversed().map { end in
      EndedAttempt(
        study: firstPlace(of: end.jobIndex).map { studies[Int($0.study)].id }, job: jobs[end.jobIndex].id,
        attempt: AttemptStatus(end.record))
    }
  }

  /// Where the first study that is not cancelled has the job; else the first that has it.
  private func firstPlace(of index: Int) -> Membership? {
    var (wanted, any): (Membership?, Membership?) = (nil, nil)
    jobs[index].memberships.forEach { membership in
      if any == nil { any = membership }
      if wanted == nil, !studies[Int(membership.study)].isCancelled { wanted = membership }
    }
    return wanted ?? any
  }
}

/// The last attempts that ended and the last jobs that were set aside, for display; the journal has all.
struct AttemptLog: Sendable {
  struct End: Sendable {
    let record: AttemptRecord
    let jobIndex: Int
  }

  struct SetAside: Sendable {
    let jobIndex: Int
    let reason: String
  }

  static let (endsKept, setAsideKept) = (64, 50)

  /// Attempts that were given to workers since the coordinator started.
  var started = 0
  /// Attempts that ended since the coordinator started.
  private(set) var counts: [AttemptEnd.Kind: Int] = [:]
  /// Newest last; jobs that were tried again may be among them.
  private(set) var setAside: [SetAside] = []
  // A ring: the oldest is at `next` once it is full.
  private var ring: [End] = []
  private var next = 0

  /// Oldest first.
  var ends: [End] { Array(ring[next...] + ring[..<next]) }

  mutating func add(_ record: AttemptRecord, jobIndex: Int) {
    if let kind = record.end?.kind { counts[kind, default: 0] += 1 }
    let end = End(record: record, jobIndex: jobIndex)
    guard ring.count == Self.endsKept else { return ring.append(end) }
    ring[next] = end
    next = (next + 1) % Self.endsKept
  }

  mutating func addSetAside(_ jobIndex: Int, _ reason: String) {
    setAside.removeAll { $0.jobIndex == jobIndex }
    setAside.append(SetAside(jobIndex: jobIndex, reason: reason))
    if setAside.count > Self.setAsideKept { setAside.removeFirst() }
  }
}
