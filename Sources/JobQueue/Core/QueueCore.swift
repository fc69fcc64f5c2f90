/// The queue as a pure state machine: events and the time in, effects out. It knows no socket, clock, disk or
/// chance, so a simulation with a seed repeats to the bit.
///
/// Every open job is either queued or leased to one worker; a worker has at most one job. An event costs
/// O(log jobs), a tick O(workers).
public struct QueueCore: Sendable {
  /// The times and limits.
  public let settings: QueueSettings
  /// How far the queue has come; `stepsPerSecond` is left at 0. O(1).
  public internal(set) var progress = QueueProgress()

  enum Phase: Hashable {
    case running
    /// Workers are told to leave; those that have not left at this time are given up.
    case leaving(until: Instant)
    case finished
  }

  var phase = Phase.running
  var jobs: [JobEntry] = []
  var indexOfJob: [JobID: Int] = [:]
  var queue = IndexHeap()
  /// `nil` for a slot that is free.
  var workers: [WorkerEntry?] = []
  var freeSlots = IndexHeap()
  var idleSlots = IndexHeap()
  var slotOfWorker: [WorkerID: Int] = [:]
  var slotOfPeer: [PeerID: Int] = [:]
  var nextAttempt: Int
  var effects: [Effect] = []

  /// An empty queue, or the one that a journal has.
  ///
  /// - Parameters:
  ///   - stored: The jobs in the order of their positions.
  ///   - nextAttempt: The number of the next attempt: one more than the greatest ever used.
  public init(settings: QueueSettings = QueueSettings(), stored: [StoredJob] = [], nextAttempt: Int = 1) {
    self.settings = settings
    self.nextAttempt = nextAttempt
    jobs.reserveCapacity(stored.count)
    indexOfJob.reserveCapacity(stored.count)
    for job in stored {
      let index = jobs.count
      indexOfJob[job.id] = index
      var entry = JobEntry(id: job.id, steps: job.steps, attempts: job.attempts)
      switch job.state {
      case .open:
        queue.insert(index)
        progress.queued += 1
      case .finished(let digest):
        entry.state = .finished(digest)
        progress.finished += 1
      case .failed:
        entry.state = .failed
        progress.failed += 1
      }
      progress.steps += job.steps
      jobs.append(entry)
    }
  }

  /// Takes one event.
  ///
  /// - Returns: What the shell does, in this order.
  public mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
    switch event {
    case .message(let peer, let message): handle(message, from: peer, at: now)
    case .submitted(let new): submit(new, at: now)
    case .processEnded(let worker, let status): processEnded(worker, status, at: now)
    case .tick: checkDeadlines(at: now)
    case .shutdownRequested: startLeaving(at: now, "the coordinator was told to stop")
    }
    finishIfDone(at: now)
    defer { effects = [] }
    return effects
  }

  /// The state and the attempts of a job, for people; `nil` for an unknown job.
  public func story(of job: JobID) -> String? { indexOfJob[job].map { jobs[$0].story } }

  /// The attempts of a job that is not finished, oldest first; at most the last 64.
  public func attempts(of job: JobID) -> [AttemptRecord] { indexOfJob[job].map { jobs[$0].attempts } ?? [] }

  /// Whether jobs are no longer given out, since the queue ends.
  var isLeaving: Bool { phase != .running }

  /// The connections of all workers.
  var peers: [PeerID] { workers.compactMap { $0?.peer } }

  mutating func note(_ level: Note.Level, _ text: String) { effects.append(.note(Note(level, text))) }

  private mutating func submit(_ new: [NewJob], at now: Instant) {
    for job in new where indexOfJob[job.id] == nil {
      let index = jobs.count
      indexOfJob[job.id] = index
      jobs.append(JobEntry(id: job.id))
      queue.insert(index)
      progress.queued += 1
      effects.append(.store(.jobAdded(job, position: index)))
    }
    giveOutJobs(at: now)
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
    case .goodbye:
      if let slot { remove(slot, AttemptEnd(.workerGone, "the worker left"), at: now) }
      return
    }
    if slot == nil { effects.append(.send(to: peer, .registerAgain)) }
  }
}
