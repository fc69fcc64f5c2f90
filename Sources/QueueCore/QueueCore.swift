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
  package internal(set) var progress = QueueProgress()

  enum Phase: Hashable {
    case running
    /// Workers are told to leave; those that have not left at this time are given up.
    case leaving(until: Instant)
    case finished
  }

  var phase = Phase.running
  /// Why the journal cannot be written now; `nil` if it can.
  package var storageProblem: String?
  /// What waits until it can.
  var deferred: [Event] = []
  var jobs: [JobEntry] = []
  /// A job that was trained again afresh is here under its latest index.
  var indexOfJob: [JobID: Int] = [:]
  /// Of a job that was trained again afresh: the index before, and the number of the first attempt of this one.
  var earlier: [Int: (index: Int, firstAttempt: Int)] = [:]
  var studies: [StudyEntry] = []
  /// How many studies have parts that have yet to arrive.
  var receiving = 0
  var studyOfSubmission: [SubmissionID: Int] = [:]
  /// Studies that have a job to give out.
  var ready = KeyedIndexHeap<StudyEntry.Key>()
  /// The results so far of jobs that are audited.
  var audits: [Int: [AuditCandidate]] = [:]
  var auditGroups: [AuditGroup] = []
  /// Workers that get no more jobs.
  var distrusted: Set<WorkerID> = []
  /// `nil` for a slot that is free.
  var workers: [WorkerEntry?] = []
  var freeSlots = IndexHeap()
  var idleSlots = IndexHeap()
  var slotOfWorker: [WorkerID: Int] = [:]
  var slotOfPeer: [PeerID: Int] = [:]
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

  /// The state and the attempts of a job, for people; `nil` for an unknown job.
  package func story(of job: JobID) -> String? { indexOfJob[job].map { jobs[$0].story } }

  /// The attempts of a job that is not finished, oldest first; at most the last 64.
  package func attempts(of job: JobID) -> [AttemptRecord] { indexOfJob[job].map { jobs[$0].attempts } ?? [] }

  /// Whether jobs are no longer given out, since the queue ends.
  package var isLeaving: Bool { phase != .running }

  /// The connections of all workers.
  package var peers: [PeerID] { workers.compactMap { $0?.peer } }

  mutating func note(_ level: Note.Level, _ text: String) { effects.append(.note(Note(level, text))) }

  /// The entry that an attempt is of. Of a job that was trained again afresh each training has its own.
  func index(of reference: AttemptReference) -> Int? {
    guard var index = indexOfJob[reference.job] else { return nil }
    while let before = earlier[index], reference.attempt.number < before.firstAttempt { index = before.index }
    return index
  }

  mutating func handleNormally(_ event: Event, at now: Instant) {
    switch event {
    case .message(let peer, let message): handle(message, from: peer, at: now)
    case .submitted(let submission):
      if case .failure(let problem) = submit(submission, at: now) { note(.error, "\(problem)") }
    case .client(let peer, let call): handle(call, from: peer, at: now)
    case .processEnded(let worker, let status): processEnded(worker, status, at: now)
    case .tick: checkDeadlines(at: now)
    case .shutdownRequested: startLeaving(at: now, "the coordinator was told to stop")
    case .storageFailed(let problem): storageProblem = problem
    case .storageRecovered: break
    }
    finishIfDone(at: now)
  }

  private mutating func handle(_ message: WorkerMessage, from peer: PeerID, at now: Instant) {
    if case .register(let registration) = message { return register(registration, peer, at: now) }
    let slot = slotOfPeer[peer]
    if let slot { workers[slot]?.lastHeard = now }
    switch message {
    case .register: break
    case .result(let reference, let result): take(result, of: reference, from: peer, slot, at: now)
    case .failed(let reference, let kind, let text):
      takeFailure(AttemptEnd(kind.endKind, text), of: reference, from: peer, slot, at: now)
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
