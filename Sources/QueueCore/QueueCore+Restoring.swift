/// The queue as a journal has it.
extension QueueCore {
  mutating func restore(_ stored: StoredQueue) {
    jobs.reserveCapacity(stored.jobs.count)
    indexOfJob.reserveCapacity(stored.jobs.count)
    for (index, job) in stored.jobs.enumerated() {
      if let before = indexOfJob.updateValue(index, forKey: job.id) {
        earlier[index] = (before, job.firstAttempt)
      }
      jobs.append(JobEntry(id: job.id))
      progress.cancelled += 1
    }
    for study in stored.studies {
      var entry = StudyEntry(
        id: study.id, submission: study.submission, name: study.name, priority: study.priority,
        isFresh: study.isFresh, total: study.total, submitted: study.submitted)
      entry.isCancelled = study.isCancelled
      entry.jobs.reserveCapacity(study.jobs.count)
      studies.append(entry)
      studyOfSubmission[study.submission] = studies.count - 1
      for index in study.jobs { join(Int(index), studies.count - 1) }
      if studies[studies.count - 1].isReceiving { receiving += 1 }
    }
    for (index, job) in stored.jobs.enumerated() { restore(job, index) }
  }

  private mutating func restore(_ job: StoredJob, _ index: Int) {
    setSteps(index, job.steps)
    switch job.state {
    case .open:
      jobs[index].attempts = job.attempts
      jobs[index].failures = Int32(
        job.attempts.count { $0.end?.kind.countsAsFailure == true && $0.id.number > job.forgivenUpTo })
      while jobs[index].attempts.count > JobEntry.attemptsKept { jobs[index].trimAttempts() }
      if !job.candidates.isEmpty { (jobs[index].isInAudit, audits[index]) = (true, job.candidates) }
      setState(index, .queued)
    case .finished(let digest): setState(index, .finished(digest))
    case .failed:
      jobs[index].attempts = job.attempts
      setState(index, .failed)
      log.addSetAside(index, job.reason ?? "")
    case .cancelled: jobs[index].attempts = job.attempts
    }
  }
}
