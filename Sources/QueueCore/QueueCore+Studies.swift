import Digests
import QueueProtocol

/// Studies that come, are cancelled and are tried again.
extension QueueCore {
  /// The outcome of a part of a submission.
  struct Receipt: Hashable {
    let study: StudyID
    /// The jobs of the study that the coordinator has.
    let received: Int
    /// Those of them that were finished when it was said.
    let finished: Int
  }

  /// Adds a study, or the next part of one. A part that is there already changes nothing; one that is not the next
  /// neither, and the receipt says which is.
  mutating func submit(_ new: Submission, at now: Instant) -> Result<Receipt, QueueError> {
    guard phase == .running else {
      return .failure(QueueError(.stopping, "the coordinator is stopping and accepts no studies"))
    }
    let study: Int
    if let known = schedule.study(of: new.id) {
      study = known
      let entry = studies[study]
      if entry.isCancelled { return .failure(QueueError(.cancelled, "study \(entry.id) was cancelled")) }
      guard entry.total == new.total, entry.isFresh == new.isFresh else {
        return .failure(
          QueueError(.badSubmission, "study \(entry.id) has the same submission identity and other jobs"))
      }
    } else {
      guard new.first == 0 else {
        return .failure(QueueError(.badSubmission, "unknown submission: begin with its first job"))
      }
      study = add(new, at: now)
    }
    if new.first == studies[study].jobs.count { append(new.jobs, to: study) }
    giveOutJobs(at: now)
    let entry = studies[study]
    return .success(Receipt(study: entry.id, received: entry.jobs.count, finished: entry.counts.finished))
  }

  /// The open jobs that no other study wants leave the queue; their workers are told to stop.
  mutating func cancel(_ study: StudyID, at now: Instant) -> Result<Int, QueueError> {
    guard let place = place(of: study) else { return .failure(Self.unknown(study)) }
    if studies[place].isCancelled { return .success(0) }
    schedule.cancel(place)
    var count = 0
    for number in studies[place].jobs {
      let index = Int(number)
      guard jobs[index].isOpen, !schedule.isWanted(index) else { continue }
      if case .leased(let slot) = jobs[index].state, case .running(let lease) = workers[slot]?.activity {
        schedule.setStandingSteps(index, jobs[index].steps)
        interrupt(slot, lease, AttemptEnd(.cancelled), "its study was cancelled", at: now)
      }
      schedule.setState(index, .cancelled, at: now)
      schedule.setSteps(index, 0)
      endAudit(index)
      count += 1
    }
    effects.append(.store(.studyCancelled(study, at: now)))
    note(.info, "study \(study) is cancelled; \(count) jobs are removed from the queue")
    giveOutJobs(at: now)
    return .success(count)
  }

  /// The jobs of the study that were set aside are queued again, with no failure counted.
  mutating func retry(_ study: StudyID, at now: Instant) -> Result<Int, QueueError> {
    guard let place = place(of: study) else { return .failure(Self.unknown(study)) }
    if studies[place].isCancelled {
      return .failure(QueueError(.cancelled, "study \(study) was cancelled; submit it again"))
    }
    var count = 0
    for number in studies[place].jobs where jobs[Int(number)].state == .failed {
      reopen(Int(number))
      count += 1
    }
    note(.info, "\(count) jobs of study \(study) are requeued")
    giveOutJobs(at: now)
    return .success(count)
  }

  func place(of study: StudyID) -> Int? {
    studies.indices.contains(study.number - 1) ? study.number - 1 : nil
  }

  /// The number of studies.
  package var studyCount: Int { studies.count }

  /// The number of the study's failed jobs; `nil` if there is no such study.
  package func failedJobs(of study: StudyID) -> Int? { place(of: study).map { studies[$0].counts.failed } }

  /// The number of jobs that have arrived of this submission's study; 0 if it is not known.
  package func jobsReceived(of submission: SubmissionID) -> Int {
    schedule.study(of: submission).map { studies[$0].jobs.count } ?? 0
  }

  /// The answer to a request for a study that does not exist.
  package static func unknown(_ study: StudyID) -> QueueError {
    QueueError(.unknownStudy, "there is no study \(study); `potline status` lists all studies")
  }

  private mutating func add(_ new: Submission, at now: Instant) -> Int {
    let entry = StudyEntry(
      id: StudyID(studies.count + 1), submission: new.id, name: new.name, priority: new.priority,
      isFresh: new.isFresh, total: new.total, submitted: now)
    let place = schedule.addStudy(entry)
    let stored = StoredStudy(
      id: entry.id, submission: new.id, name: new.name, priority: new.priority, isFresh: new.isFresh,
      total: new.total, submitted: now)
    effects.append(.store(.studyAdded(stored, description: new.description)))
    return place
  }

  private mutating func append(_ new: [NewJob], to study: Int) {
    let first = studies[study].jobs.count
    var positions: [Int] = []
    positions.reserveCapacity(new.count)
    for job in new {
      let (index, isNew) = place(job, isFresh: studies[study].isFresh, study)
      schedule.join(index, study)
      positions.append(index)
      switch jobs[index].state {
      case .cancelled where isNew: schedule.setState(index, .queued, at: now)
      case .cancelled: reopen(index)
      case .failed where studies[study].isFresh: reopen(index)
      case .queued, .leased, .finished, .failed: break
      }
    }
    if !positions.isEmpty {
      effects.append(.store(.jobsJoined(studies[study].id, first: first, positions: positions)))
    }
  }

  /// The index of the job, which is made if there is none, or if a finished one is to be trained again. The finished one
  /// stays for the studies that have it.
  private mutating func place(_ job: NewJob, isFresh: Bool, _ study: Int) -> (index: Int, isNew: Bool) {
    if let known = schedule.index(of: job.id) {
      guard isFresh, case .finished = jobs[known].state,
        !jobs[known].memberships.contains(where: { $0.study == Int32(study) })
      else { return (known, false) }
    }
    let index = schedule.addJob(job.id, firstAttempt: nextAttempt)
    effects.append(.store(.jobAdded(job, position: index, firstAttempt: nextAttempt)))
    return (index, true)
  }

  private mutating func reopen(_ index: Int) {
    effects.append(.store(.jobReopened(position: index, forgivenUpTo: nextAttempt - 1)))
    schedule.update(index) { $0.failures = 0 }
    schedule.setSteps(index, 0)
    schedule.setState(index, .queued, at: now)
  }
}

/// Requests of clients.
extension QueueCore {
  mutating func handle(_ call: ClientCall, from peer: PeerID, at now: Instant) {
    let reply: ClientReply
    switch call.message {
    case .submit(let submission):
      reply = answer(submit(submission, at: now)) {
        .submitted($0.study, received: $0.received, finished: $0.finished)
      }
    case .cancel(let study): reply = answer(cancel(study, at: now)) { .done(study, jobs: $0) }
    case .retry(let study): reply = answer(retry(study, at: now)) { .done(study, jobs: $0) }
    case .status, .failures, .results, .description, .workers, .lacking, .upload,
      .download:
      return effects.append(.answer(to: peer, call))
    }
    effects.append(.reply(to: peer, reply, request: call.request))
  }

  private func answer<Value>(
    _ result: Result<Value, QueueError>, _ reply: (Value) -> ClientReply
  ) -> ClientReply {
    switch result {
    case .success(let value): reply(value)
    case .failure(let problem): .problem(problem)
    }
  }

  /// How far a study is. O(workers).
  package func status(of study: StudyID) -> StudyStatus? {
    place(of: study).flatMap { statuses(at: [$0]).first }
  }

  /// How far studies are, from place `first` on. O(workers + count).
  package func statuses(from first: Int, count: Int) -> [StudyStatus] {
    guard first < studies.count else { return [] }
    return statuses(at: first..<min(first + count, studies.count))
  }

  /// How far the studies at these places are. O(workers + places).
  func statuses(at places: some Collection<Int>) -> [StudyStatus] {
    let work = work
    return places.map { status(at: $0, work[Int32($0)] ?? StudyWork()) }
  }

  /// The workers from place `first` on. O(workers).
  package func workerStatuses(from first: Int, count: Int) -> [WorkerStatus] {
    workers.all.dropFirst(first).prefix(count).map(status)
  }

  /// The running jobs by study.
  private var work: [Int32: StudyWork] {
    var work: [Int32: StudyWork] = [:]
    for worker in workers.all {
      guard case .running(let lease) = worker.activity else { continue }
      jobs[lease.jobIndex].memberships.forEach { work[$0.study, default: StudyWork()].add(lease) }
    }
    return work
  }

  private func status(at place: Int, _ work: StudyWork) -> StudyStatus {
    let study = studies[place]
    let state: StudyStatus.State =
      study.isCancelled ? .cancelled : study.isReceiving ? .receiving : study.hasEnded ? .ended : .open
    return StudyStatus(
      study: study.id, submission: study.submission, name: study.name, priority: study.priority, state: state,
      submittedAt: study.submitted.secondsSince1970, total: study.total, received: study.jobs.count,
      queued: study.counts.queued, running: study.counts.running, finished: study.counts.finished,
      failed: study.counts.failed, cancelled: study.counts.cancelled, steps: study.steps,
      stepsPerSecond: work.stepsPerSecond, estimatedSteps: work.estimatedSteps(of: study))
  }

  private func status(_ worker: WorkerEntry) -> WorkerStatus {
    var status = WorkerStatus(
      worker: worker.id, host: worker.registration.host, pid: worker.registration.pid,
      cores: worker.registration.cores, coresLimit: worker.registration.coresLimit,
      instructionSet: worker.registration.instructionSet,
      version: worker.registration.version, state: .idle,
      heardSecondsAgo: max(0, (now - worker.lastHeard).seconds))
    switch worker.activity {
    case .idle: break
    case .running(let lease):
      status.state = .working
      status.job = jobs[lease.jobIndex].id
      status.attempt = lease.attempt
      jobs[lease.jobIndex].memberships.forEach { membership in
        let study = studies[Int(membership.study)]
        if status.study == nil, !study.isCancelled { status.study = study.id }
      }
      (status.step, status.totalSteps, status.loss) = (lease.step, lease.totalSteps, lease.loss)
      status.stepsPerSecond = lease.stepsPerSecond
    case .stopping(let reference):
      (status.state, status.job, status.attempt) = (.stopping, reference.job, reference.attempt)
    case .distrusted: status.state = .distrusted
    case .leaving: status.state = .leaving
    }
    return status
  }
}
