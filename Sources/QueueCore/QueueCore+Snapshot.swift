import QueueProtocol

/// What the core has for those who watch.
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
    for case .some(let worker) in workers {
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
          place: Int(place.ordinal), job: job.id, reason: Wire.cut(entry.reason, 1000),
          attempts: job.attempts.suffix(32).map(AttemptStatus.init)))
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
