import FuzzSupport

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

/// The coordinator's shell, as the real one behaves: commit, then the effects; a batch that cannot be committed waits.
extension SimulatedWorld {
  var clock: Instant { now + clockOffset }

  /// Every study that was to end has ended, as far as the journal knows.
  var hasEnded: Bool {
    guard let coordinator, uncommitted.isEmpty, stalled == nil else { return false }
    return coordinator.studies.allSatisfy { $0.hasEnded } && coordinator.progress.running == 0
  }

  mutating func arrive(_ message: IncomingMessage, from peer: PeerID) throws {
    guard workerOfPeer[peer].map({ !isPartitioned($0) }) ?? true else { return }
    switch message {
    case .worker(let message): try handle(.message(from: peer, message))
    case .client(let call): try handle(.client(from: peer, call))
    }
  }

  /// Several events share a commit. Now and then the coordinator dies before or after it.
  mutating func handle(_ event: Event) throws {
    let clock = clock
    guard let effects = coordinator?.handle(event, at: clock) else { return }
    try coordinator?.checkInvariants()
    if stalled != nil {
      for effect in effects {
        if case .store(let record) = effect {
          throw ModelJournal.Contradiction(description: "\(record) while the journal cannot be written")
        }
        try perform(effect)
      }
      return
    }
    uncommitted += effects
    eventsToCommit -= 1
    if eventsToCommit <= 0 { try commit() }
  }

  mutating func commit() throws {
    guard coordinator != nil, stalled == nil else { return }
    eventsToCommit = Int.random(in: 1...4, using: &random)
    if uncommitted.isEmpty { return }
    if areFaultsOn, random.chance(setup.faults.crashes) { return stopCoordinator() }
    let effects = uncommitted
    uncommitted = []
    if areFaultsOn, now < storageFailsUntil, !Self.records(effects).isEmpty {
      tell("the journal fails")
      stalled = effects
      return try handle(.storageFailed("no space"))
    }
    try journal.commit(Self.records(effects))
    try mirror?.commit(Self.records(effects))
    if areFaultsOn, random.chance(setup.faults.crashes) { return stopCoordinator() }
    for effect in effects { try perform(effect) }
  }

  mutating func retryCommit() throws {
    guard let effects = stalled, now >= storageFailsUntil || !areFaultsOn else { return }
    tell("the journal works")
    stalled = nil
    try journal.commit(Self.records(effects))
    try mirror?.commit(Self.records(effects))
    for effect in effects { try perform(effect) }
    try handle(.storageRecovered)
  }

  static func records(_ effects: [Effect]) -> [JournalRecord] {
    effects.compactMap { if case .store(let record) = $0 { record } else { nil } }
  }

  private mutating func perform(_ effect: Effect) throws {
    switch effect {
    case .store(let record): tell("  stored \(record)")
    case .gaveUp, .sendChunk: break
    case .send(let peer, let message):
      if case .acknowledge(let reference) = message { try checkPromise(reference, to: peer) }
      deliver(.toWorker(peer, message))
    case .assign(let peer, let reference, let position):
      let job = journal.jobs[position]
      deliver(.toWorker(peer, .assign(reference, payload: job.payload, job.checkpoint)))
    case .reply(let peer, let reply, let request):
      deliver(.toClient(Int(peer.bytes[1]), ClientAnswer(request: request, reply)))
    case .answer(let peer, let call):
      guard case .status(let study?, _, _) = call.message, let status = coordinator?.status(of: study) else {
        break
      }
      let queue = QueueStatus(
        version: "", queued: 0, running: 0, finished: 0, failed: 0, workers: 0, stepsPerSecond: 0,
        auditsPassed: 0, auditsDisputed: 0, auditsSkipped: 0)
      deliver(
        .toClient(
          Int(peer.bytes[1]), ClientAnswer(request: call.request, .status([status], next: nil, queue))))
    case .note(let note):
      notes.append(note)
      tell("  note: \(note.text)")
    case .finished: finish()
    }
  }

  /// Whoever is told that the result is stored may forget it.
  private mutating func checkPromise(_ reference: AttemptReference, to peer: PeerID) throws {
    guard let outcomes = workerOfPeer[peer].flatMap({ workers[$0]?.core.outcomes }) else { return }
    let holdsResult = outcomes.contains {
      if case .result(reference, _) = $0.message { true } else { false }
    }
    guard holdsResult, let position = journal.positionOfAttempt[reference.attempt] else { return }
    try checkKept(position)
    acknowledged.insert(position)
  }

  /// A result that was acknowledged is there, or something that counts for more: a dispute, or the end of the job.
  func checkKept(_ position: Int) throws {
    let job = journal.jobs[position]
    switch job.stored.state {
    case .finished: if job.result != nil { return }
    case .failed, .cancelled: return
    case .open:
      // A job that was cancelled or set aside, and asked for again, is trained anew.
      if job.result != nil || job.stored.candidates.count == 2 || job.stored.forgivenUpTo > 0 { return }
      // A worker that is not trusted is told to forget its results.
      if !journal.distrusted.isEmpty { return }
    }
    throw ModelJournal.Contradiction(
      description: "the result of job \(job.stored.id) was acknowledged and is lost")
  }

  mutating func stopCoordinator() {
    guard coordinator != nil else { return }
    tell("the coordinator dies")
    (coordinator, uncommitted, stalled) = (nil, [], nil)
    plan(.coordinatorReturns, after: .seconds(Int.random(in: 0...20, using: &random)))
  }

  mutating func restartCoordinator() throws {
    clockOffset = .seconds(Int.random(in: -3_600...3_600, using: &random))
    let stored = journal.load(at: clock)
    if let mirror, try mirror.load(at: clock) != stored {
      throw ModelJournal.Contradiction(description: "the journal on the disk is not the simulation's")
    }
    coordinator = QueueCore(settings: setup.settings, stored: stored, at: clock)
    try coordinator?.checkInvariants()
    for position in acknowledged { try checkKept(position) }
    for id in workerOrder { connectAnew(id) }
  }
}
