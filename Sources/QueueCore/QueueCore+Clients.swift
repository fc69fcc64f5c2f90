import QueueProtocol

/// What clients ask for.
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
    case .status, .failures, .results, .description, .workers, .lacking, .upload:
      return effects.append(.answer(to: peer, call))
    }
    effects.append(.reply(to: peer, reply, request: call.request))
  }

  private func answer<Value>(
    _ result: Result<Value, QueueProblem>, _ reply: (Value) -> ClientReply
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
    workers.lazy.compactMap { $0 }.dropFirst(first).prefix(count).map(status)
  }

  /// The running jobs by study.
  private var work: [Int32: StudyWork] {
    var work: [Int32: StudyWork] = [:]
    for case .some(let worker) in workers {
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
      cores: worker.registration.cores, instructionSet: worker.registration.instructionSet,
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
