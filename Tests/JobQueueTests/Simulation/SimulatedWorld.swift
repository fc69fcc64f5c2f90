import GRDB
import Glibc

@testable import JobQueue

/// A coordinator, its journal and workers in virtual time, with faults under a seed until `faultsEnd`.
struct SimulatedWorld {
  enum Happening {
    case coordinatorTick
    case coordinatorReturns
    case workerTick(WorkerID)
    case workerStep(WorkerID)
    case workerStarts
    case toCoordinator(PeerID, WorkerMessage)
    case toWorker(PeerID, CoordinatorMessage)
    case processEnded(WorkerID, ProcessStatus)
    case fault
  }

  struct Faults {
    var loss = 0.0
    var duplication = 0.0
    var slowness = 0.0
    var hanging = 0.0
    var interval = Duration.seconds(15)
  }

  let journal: Journal
  let faults: Faults
  let isSupervised: Bool
  let faultsEnd: Instant
  private(set) var now = Instant(nanoseconds: 1_000_000_000)
  private(set) var coordinator: QueueCore?
  private(set) var workers: [WorkerID: SimulatedWorker] = [:]
  private(set) var isFinished = false
  private(set) var notes: [Note] = []
  /// Results that were acknowledged without being in the journal.
  private(set) var brokenPromises: [JobID] = []
  private(set) var handled = 0
  private var workerOrder: [WorkerID] = []
  private var workerOfPeer: [PeerID: WorkerID] = [:]
  private var agenda: [(at: Instant, order: Int, what: Happening)] = []
  private var order = 0
  private var random: SplitMix64

  init(seed: UInt64, jobs: [SimulatedJob], workerCount: Int, faults: Faults, isSupervised: Bool) throws {
    random = SplitMix64(seed: seed)
    journal = try Journal()
    (self.faults, self.isSupervised) = (faults, isSupervised)
    faultsEnd = now + .seconds(90)
    coordinator = QueueCore()
    try tell(.submitted(jobs.map(\.new)))
    for _ in 0..<workerCount { startWorker() }
    plan(.coordinatorTick, after: .milliseconds(500))
    plan(.fault, after: faults.interval)
  }

  /// Runs until the queue has ended or `limit` of virtual time has passed.
  mutating func run(limit: Duration = .seconds(2_000)) throws {
    let end = now + limit
    while !isFinished, let next = takeNext(), next.at < end {
      now = next.at
      handled += 1
      try happen(next.what)
    }
  }

  private var areFaultsOn: Bool { now < faultsEnd }

  private mutating func happen(_ what: Happening) throws {
    switch what {
    case .coordinatorTick:
      plan(.coordinatorTick, after: .milliseconds(500))
      try tell(.tick)
    case .coordinatorReturns: try restartCoordinator()
    case .workerTick(let id):
      guard workers[id] != nil else { return }
      plan(.workerTick(id), after: .milliseconds(500))
      tell(id, .tick(progress: workers[id]?.progress))
    case .workerStep(let id):
      guard workers[id] != nil else { return }
      plan(.workerStep(id), after: .milliseconds(400))
      switch workers[id]?.step() {
      case .crashed: end(id, .signaled(SIGSEGV))
      case .events(let events): for event in events { tell(id, event) }
      case .none?, nil: break
      }
    case .workerStarts: startWorker()
    case .toCoordinator(let peer, let message):
      guard workerOfPeer[peer].map({ !isPartitioned($0) }) ?? true else { return }
      try tell(.message(from: peer, message))
    case .toWorker(let peer, let message):
      guard let id = workerOfPeer[peer], !isPartitioned(id) else { return }
      tell(id, .message(message))
    case .processEnded(let id, let status): try tell(.processEnded(id, status))
    case .fault: try makeFault()
    }
  }

  private mutating func makeFault() throws {
    guard areFaultsOn else { return }
    plan(.fault, after: faults.interval)
    guard let victim = workerOrder.randomElement(using: &random) else { return }
    switch Int.random(in: 0..<8, using: &random) {
    case 0: end(victim, .signaled(SIGKILL))
    case 1: end(victim, .signaled(SIGSEGV))
    case 2: tell(victim, .leaveRequested)
    case 3, 4: workers[victim]?.partitionedUntil = now + .seconds(Int.random(in: 1...70, using: &random))
    case 5: connectAnew(victim)
    default: stopCoordinator()
    }
  }

  // MARK: The coordinator

  /// Handles an event as the shell does: commit, then the effects. Now and then the coordinator dies before or after
  /// the commit.
  private mutating func tell(_ event: Event) throws {
    guard coordinator != nil else { return }
    let effects = coordinator?.handle(event, at: now) ?? []
    try coordinator?.checkInvariants()
    if areFaultsOn, random.chance(0.0005) { return stopCoordinator() }
    try journal.commit(
      effects.compactMap { if case .store(let record) = $0 { record } else { nil } })
    if areFaultsOn, random.chance(0.0005) { return stopCoordinator() }
    for effect in effects { try perform(effect) }
  }

  private mutating func perform(_ effect: Effect) throws {
    switch effect {
    case .store, .gaveUp, .sendChunk: break
    case .send(let peer, let message):
      if case .acknowledge(let reference) = message { try checkPromise(reference, to: peer) }
      deliver(.toWorker(peer, message))
    case .assign(let peer, let reference):
      let (payload, checkpoint) = try journal.assignment(of: reference.job)
      deliver(.toWorker(peer, .assign(reference, payload: payload, checkpoint)))
    case .note(let note): notes.append(note)
    case .finished: isFinished = true
    }
  }

  private mutating func checkPromise(_ reference: AttemptReference, to peer: PeerID) throws {
    guard let outcomes = workerOfPeer[peer].flatMap({ workers[$0]?.core.outcomes }) else { return }
    let holdsResult = outcomes.contains {
      if case .result(reference, _) = $0.message { true } else { false }
    }
    guard holdsResult else { return }
    let state = try journal.database.read { db in
      try Int.fetchOne(db, sql: "SELECT state FROM jobs WHERE id = ?", arguments: [reference.job.digest.data])
    }
    if state == 0 { brokenPromises.append(reference.job) }
  }

  private mutating func stopCoordinator() {
    guard coordinator != nil else { return }
    coordinator = nil
    plan(.coordinatorReturns, after: .seconds(Int.random(in: 0...30, using: &random)))
  }

  private mutating func restartCoordinator() throws {
    let (jobs, nextAttempt) = try journal.load(at: now)
    coordinator = QueueCore(stored: jobs, nextAttempt: nextAttempt)
    try coordinator?.checkInvariants()
    for id in workerOrder { connectAnew(id) }
  }

  // MARK: The workers

  private mutating func startWorker() {
    let id = WorkerID(using: &random)
    let peer = newPeer(of: id)
    workers[id] = SimulatedWorker(id: id, peer: peer, at: now)
    workerOrder.append(id)
    plan(.workerTick(id), after: .milliseconds(Int.random(in: 0...500, using: &random)))
    plan(.workerStep(id), after: .milliseconds(Int.random(in: 0...400, using: &random)))
  }

  private mutating func tell(_ id: WorkerID, _ event: WorkerCore.Event) {
    for effect in workers[id]?.core.handle(event, at: now) ?? [] {
      switch effect {
      case .send(let message): if let peer = workers[id]?.peer { deliver(.toCoordinator(peer, message)) }
      case .start(let reference, let payload, let checkpoint):
        let hangs = areFaultsOn && random.chance(faults.hanging)
        workers[id]?.start(reference, payload, checkpoint, hangs: hangs)
      case .interrupt: workers[id]?.running?.isInterrupted = true
      case .reconnect: connectAnew(id)
      case .note: break
      case .exit(let code): end(id, .exited(code.rawValue))
      }
    }
  }

  /// The process ends; its supervisor says so and starts another one.
  private mutating func end(_ id: WorkerID, _ status: ProcessStatus) {
    guard workers.removeValue(forKey: id) != nil else { return }
    workerOrder.removeAll { $0 == id }
    if isSupervised { plan(.processEnded(id, status), after: .milliseconds(100)) }
    plan(.workerStarts, after: .seconds(1))
  }

  private mutating func connectAnew(_ id: WorkerID) {
    let peer = newPeer(of: id)
    workers[id]?.peer = peer
  }

  private mutating func newPeer(of id: WorkerID) -> PeerID {
    if let old = workers[id]?.peer { workerOfPeer[old] = nil }
    let peer = PeerID((0..<5).map { _ in UInt8.random(in: 0...255, using: &random) })
    workerOfPeer[peer] = id
    return peer
  }

  private func isPartitioned(_ id: WorkerID) -> Bool {
    workers[id].map { now < $0.partitionedUntil } ?? false
  }

  // MARK: The network and the time

  private mutating func deliver(_ what: Happening) {
    var copies = 1
    if areFaultsOn, random.chance(faults.loss) { copies = 0 }
    if areFaultsOn, random.chance(faults.duplication) { copies = 2 }
    for _ in 0..<copies {
      let isSlow = areFaultsOn && random.chance(faults.slowness)
      plan(what, after: .milliseconds(isSlow ? Int.random(in: 0...4_000, using: &random) : 1))
    }
  }

  private mutating func plan(_ what: Happening, after delay: Duration) {
    order += 1
    let entry = (at: now + delay, order: order, what: what)
    var (low, high) = (0, agenda.count)
    while low < high {
      let middle = (low + high) / 2
      // Latest first, so the next one is taken off the end.
      if (agenda[middle].at, agenda[middle].order) > (entry.at, entry.order) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    agenda.insert(entry, at: low)
  }

  private mutating func takeNext() -> (at: Instant, order: Int, what: Happening)? { agenda.popLast() }
}
