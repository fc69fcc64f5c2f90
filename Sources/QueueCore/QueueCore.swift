import QueueProtocol

/// The queue as a pure state machine: events and the time in, effects out. It knows no socket, clock, disk or
/// chance, so a simulation with a seed repeats to the bit.
///
/// Every open job is either queued or leased to one worker; a worker has at most one job. An event costs
/// O(log jobs), a tick O(workers), a submission, a cancellation or a retry O(jobs concerned).
package struct QueueCore: Sendable {
  /// The times and limits.
  package let settings: QueueSettings
  /// How far the queue has come; `stepsPerSecond` is left at 0. O(1).
  package var progress: QueueProgress {
    var progress = schedule.progress
    (progress.workers, progress.stepsMade) = (workers.count, stepsMade)
    (progress.auditsPassed, progress.auditsDisputed, progress.auditsSkipped) =
      (auditTally.passed, auditTally.disputed, auditTally.skipped)
    return progress
  }

  enum Phase: Hashable {
    case running
    /// Workers are told to leave; those that have not left at this time are given up.
    case leaving(until: Instant)
    case finished
  }

  private(set) var phase = Phase.running
  /// Why the journal cannot be written now; `nil` if it can.
  package var storageProblem: String?
  /// Work that waits until it can be done.
  private(set) var deferred: [Event] = []
  /// Jobs, studies and audits with their queues and counters.
  var schedule = JobSchedule()
  /// How audits went since the start.
  var auditTally = (passed: 0, disputed: 0, skipped: 0)
  /// Steps that workers have made since the start.
  var stepsMade = 0
  /// Workers that get no more jobs.
  var distrusted: Set<WorkerID> = []
  var workers = WorkerTable()
  var nextAttempt: Int
  var log = AttemptLog()
  var effects: [Effect] = []
  /// The time of the event that is handled.
  var now = Instant(nanoseconds: 0)

  /// An empty queue, or the one that a journal has.
  package init(
    settings: QueueSettings = QueueSettings(), stored: StoredQueue = StoredQueue(),
    at now: Instant = Instant(nanoseconds: 0)
  ) {
    (self.settings, self.now) = (settings, now)
    nextAttempt = stored.nextAttempt
    distrusted = Set(stored.distrusted)
    restore(stored)
  }

  /// Takes one event.
  ///
  /// - Returns: What the shell does, in this order.
  package mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
    self.now = now
    if storageProblem != nil { handleWithoutStorage(event, at: now) } else { handleNormally(event, at: now) }
    defer { effects = [] }
    return effects
  }

  /// The state and the attempts of a job, for display; `nil` for an unknown job.
  package func history(of job: JobID) -> String? { schedule.index(of: job).map { jobs[$0].history } }

  /// The attempts of a job that is not finished, oldest first; at most the last 64.
  package func attempts(of job: JobID) -> [AttemptRecord] {
    schedule.index(of: job).map { jobs[$0].attempts } ?? []
  }

  /// Whether jobs are no longer given out, since the queue ends.
  package var isLeaving: Bool { phase != .running }

  /// The connections of all workers.
  package var peers: [PeerID] { workers.all.map(\.peer) }

  mutating func note(_ level: Note.Level, _ text: String) { effects.append(.note(Note(level, text))) }

  var jobs: [JobEntry] { schedule.jobs }

  var studies: [StudyEntry] { schedule.studies }

  mutating func handleNormally(_ event: Event, at now: Instant) {
    switch event {
    case .message(let peer, let message): handle(message, from: peer, at: now)
    case .submitted(let submission):
      if case .failure(let problem) = submit(submission, at: now) { note(.error, "\(problem)") }
    case .client(let peer, let call): handle(call, from: peer, at: now)
    case .processEnded(let worker, let status): processEnded(worker, status, at: now)
    case .tick: checkDeadlines(at: now)
    case .shutdownRequested: startLeaving(at: now, "the coordinator is stopping")
    case .storageFailed(let problem): storageProblem = problem
    case .storageRecovered: break
    }
    finishIfDone(at: now)
  }

  private mutating func handle(_ message: WorkerMessage, from peer: PeerID, at now: Instant) {
    if case .register(let registration) = message { return register(registration, peer, at: now) }
    let slot = workers.slot(at: peer)
    if let slot { workers.hear(slot, at: now) }
    switch message {
    case .register: break
    case .result(let reference, let result): take(result, of: reference, from: peer, slot, at: now)
    case .failed(let reference, let failure):
      takeFailure(AttemptEnd(failure), of: reference, from: peer, slot, at: now)
    case .handBack(let reference, let checkpoint, let leaving):
      takeBack(reference, checkpoint, leaving: leaving, from: peer, slot, at: now)
    case .heartbeat(let heartbeat):
      if let slot { beat(heartbeat, slot, at: now) }
    case .checkpoint(let reference, let checkpoint):
      if let slot { take(checkpoint, of: reference, slot, at: now) }
    case .fetch(let digest, let offset):
      guard let slot else { break }
      showProgress(slot, at: now)
      effects.append(.sendChunk(to: peer, digest, offset: offset))
    case .retire: if let slot { retire(slot) }
    case .goodbye:
      if let slot { remove(slot, AttemptEnd(.workerGone, "the worker left"), at: now) }
      return
    }
    if slot == nil { effects.append(.send(to: peer, .registerAgain)) }
  }
}

/// While the journal cannot be written nothing changes that it would have to keep: no job is given out, nothing is
/// acknowledged, nobody is given up. Workers hear that the coordinator lives, and so go on and say again what matters.
extension QueueCore {
  mutating func handleWithoutStorage(_ event: Event, at now: Instant) {
    switch event {
    case .message(let peer, .register), .message(let peer, .heartbeat):
      effects.append(.send(to: peer, .alive))
    case .message(let peer, .fetch(let digest, let offset)):
      if workers.slot(at: peer) != nil { effects.append(.sendChunk(to: peer, digest, offset: offset)) }
    case .message, .tick: break
    case .client(let peer, let call):
      if call.message.changesTheQueue {
        let problem = QueueError(
          .storage, "the coordinator cannot write its journal (\(storageProblem ?? "")); try again later")
        effects.append(.reply(to: peer, .problem(problem), request: call.request))
      } else {
        effects.append(.answer(to: peer, call))
      }
    case .processEnded, .submitted, .shutdownRequested: deferred.append(event)
    case .storageFailed(let problem): storageProblem = problem
    case .storageRecovered: recover(at: now)
    }
  }

  private mutating func recover(at now: Instant) {
    storageProblem = nil
    for slot in workers.slots {
      workers.hear(slot, at: now)
      workers.updateLease(of: slot) { ($0.lastProgress, $0.lastConfirmed) = (now, now) }
    }
    schedule.restartAudits(at: now)
    let waiting = deferred
    deferred = []
    for event in waiting { handleNormally(event, at: now) }
    finishIfDone(at: now)
  }
}

/// The end of the queue.
extension QueueCore {
  /// Stops assigning jobs and sends workers away.
  private mutating func startLeaving(at now: Instant, _ reason: String) {
    guard phase == .running else { return }
    phase = .leaving(until: now + settings.leaveLimit)
    note(.info, "\(reason); \(progress.workers) workers leave")
    for worker in workers.all {
      if worker.activity == .idle, let slot = workers.slot(of: worker.id) { setActivity(.leaving, of: slot) }
      effects.append(.send(to: worker.peer, .leave))
    }
  }

  /// Ends when no job is open, or after a request to stop: first all workers leave.
  private mutating func finishIfDone(at now: Instant) {
    if phase == .running, !settings.keepsServing, schedule.receiving == 0, !jobs.isEmpty,
      progress.queued == 0,
      progress.running == 0
    {
      startLeaving(at: now, "no job is left to do")
    }
    guard case .leaving(let deadline) = phase, progress.workers == 0 || now >= deadline else { return }
    for slot in workers.slots where workers[slot] != nil {
      remove(slot, AttemptEnd(.coordinatorStopped, "it did not hand the job back in time"), at: now)
    }
    phase = .finished
    effects.append(.finished)
  }
}

/// The queue as a journal has it.
extension QueueCore {
  private mutating func restore(_ stored: StoredQueue) {
    schedule.reserve(jobs: stored.jobs.count)
    for job in stored.jobs { _ = schedule.addJob(job.id, firstAttempt: job.firstAttempt) }
    for study in stored.studies {
      let place = schedule.addStudy(
        StudyEntry(
          id: study.id, submission: study.submission, name: study.name, priority: study.priority,
          isFresh: study.isFresh, total: study.total, submitted: study.submitted,
          isCancelled: study.isCancelled))
      schedule.reserve(jobs: study.jobs.count, of: place)
      for index in study.jobs { schedule.join(Int(index), place) }
    }
    for (index, job) in stored.jobs.enumerated() { restore(job, index) }
  }

  private mutating func restore(_ job: StoredJob, _ index: Int) {
    schedule.setSteps(index, job.steps)
    switch job.state {
    case .open:
      schedule.update(index) { entry in
        entry.attempts = job.attempts
        entry.failures = Int32(
          job.attempts.count { $0.end?.kind.countsAsFailure == true && $0.id.number > job.forgivenUpTo })
        while entry.attempts.count > JobEntry.attemptsKept { entry.trimAttempts() }
      }
      if !job.candidates.isEmpty { schedule.setCandidates(index, job.candidates) }
      schedule.setState(index, .queued, at: now)
    case .finished(let digest): schedule.setState(index, .finished(digest), at: now)
    case .failed:
      schedule.update(index) { $0.attempts = job.attempts }
      schedule.setState(index, .failed, at: now)
      log.addSetAside(index, job.reason ?? "")
    case .cancelled: schedule.update(index) { $0.attempts = job.attempts }
    }
  }
}

/// The times and limits by which the coordinator judges its workers.
package struct QueueSettings: Sendable, Equatable {
  /// How often a worker shows that it is alive. Default: 1 s.
  package var heartbeatInterval: Duration = .seconds(1)
  /// A worker that has not been heard for so long is given up and its job leased again. Default: 10 s.
  package var silenceLimit: Duration = .seconds(10)
  /// A worker that is alive but whose job has reported nothing for so long is told to stop and its job leased again.
  /// It doubles with each attempt of the job that ended so, in case a single step takes longer. Default: 120 s.
  package var stallLimit: Duration = .seconds(120)
  /// A worker that is alive but does not report the attempt it was given is given it once more after so
  /// long. Default: 5 s.
  package var assignmentRepeat: Duration = .seconds(5)
  /// The number of attempts that may end by the job's own fault before it is set aside. Default: 3.
  package var failureLimit = 3
  /// When the coordinator stops, workers have so long to hand their jobs back. Default: 5 s.
  package var leaveLimit: Duration = .seconds(5)

  /// Whether the queue waits for more when all jobs have ended, until it is told to stop. Default: it ends.
  package var keepsServing = false
  /// The share of jobs, from 0 to 1, that a second worker trains too, so that their results can be compared; which
  /// jobs those are follows from their digests. Default: none.
  package var auditFraction = 0.0
  /// A result is taken without a second worker's when for so long there was none that could train it. Default: 60 s.
  package var auditPatience: Duration = .seconds(60)

  /// The coordinator's version, for workers to compare with theirs. Default: unknown.
  package var version: ProgramVersion?

  /// The defaults.
  package init() {}
}
