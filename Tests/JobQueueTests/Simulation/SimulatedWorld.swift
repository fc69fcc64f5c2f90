import FuzzSupport
import Glibc

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

/// A coordinator, its journal, workers and clients in virtual time, with faults under a seed until `faultsEnd`.
struct SimulatedWorld {
  enum Happening {
    case coordinatorTick
    case coordinatorReturns
    case workerTick(WorkerID)
    case workerStep(WorkerID)
    case workerStarts
    case clientActs(Int)
    case clientAsks(Int)
    case toCoordinator(PeerID, IncomingMessage)
    case toWorker(PeerID, CoordinatorMessage)
    case toClient(Int, ClientAnswer)
    case processEnded(WorkerID, ProcessStatus)
    case fault
  }

  struct Faults {
    var loss = 0.0
    var duplication = 0.0
    var slowness = 0.0
    var hanging = 0.0
    var crashes = 0.0005
    var interval = Duration.seconds(15)
  }

  struct Setup {
    var seed: UInt64
    var faults = Faults()
    var workerCount = 3
    var isSupervised = true
    /// The first worker's results are wrong.
    var hasLiar = false
    var settings = QueueSettings()
    var plans: [SimulatedStudy] = []
  }

  let setup: Setup
  let faultsEnd: Instant
  var journal = ModelJournal()
  var now = Instant(nanoseconds: 1_000_000_000)
  /// The coordinator's clock jumps when it starts, and now and then by itself.
  var clockOffset = Duration.zero
  var coordinator: QueueCore?
  /// What the run got to.
  var milestones: Set<Milestone> = []
  /// What the core did since the last commit.
  var uncommitted: [Effect] = []
  var eventsToCommit = 1
  /// The batch that the journal does not take.
  var stalled: [Effect]?
  var storageFailsUntil = Instant(nanoseconds: 0)
  var workers: [WorkerID: SimulatedWorker] = [:]
  var workerOrder: [WorkerID] = []
  var workerOfPeer: [PeerID: WorkerID] = [:]
  var clients: [SimulatedClient] = []
  private(set) var isFinished = false
  var notes: [Note] = []
  /// Every result that was acknowledged: the journal keeps it, or has one in its place.
  var acknowledged: Set<Int> = []
  private(set) var handled = 0
  /// A real journal that gets every batch, too, and must say the same when a coordinator starts.
  var mirror: Journal?
  /// What happened, if it is to be told.
  var history: [String]?
  var random: SplitMix64
  private var agenda: [(at: Instant, order: Int, what: Happening)] = []
  private var order = 0

  init(_ setup: Setup, isTold: Bool = false) {
    self.setup = setup
    random = SplitMix64(seed: setup.seed)
    faultsEnd = now + .seconds(40)
    history = isTold ? [] : nil
    coordinator = QueueCore(settings: setup.settings)
    eventsToCommit = Int.random(in: 1...4, using: &random)
    for _ in 0..<setup.workerCount { startWorker(lies: setup.hasLiar && workerOrder.isEmpty) }
    for (number, plan) in setup.plans.enumerated() {
      clients.append(SimulatedClient(plan: plan, number: number))
      self.plan(.clientActs(number), after: plan.delay)
    }
    plan(.coordinatorTick, after: .milliseconds(1000))
    plan(.fault, after: setup.faults.interval)
  }

  /// Runs until all is done or `limit` of virtual time has passed.
  mutating func run(limit: Duration = .seconds(2_000)) throws {
    let end = now + limit
    while !isFinished, let next = agenda.popLast(), next.at < end {
      now = next.at
      handled += 1
      tell("\(next.what)")
      try happen(next.what)
    }
  }

  var areFaultsOn: Bool { now < faultsEnd }

  mutating func tell(_ line: @autoclosure () -> String) {
    if history != nil { history?.append("\((now - Instant(nanoseconds: 0)).seconds) s  \(line())") }
  }

  mutating func finish() { isFinished = true }

  private mutating func happen(_ what: Happening) throws {
    switch what {
    case .coordinatorTick:
      plan(.coordinatorTick, after: .milliseconds(1000))
      try retryCommit()
      try handle(.tick)
      // A shell looks at the time when nothing else comes; by then everything is committed.
      try commit()
      if !areFaultsOn, clients.allSatisfy(\.isDone), hasEnded { finish() }
    case .coordinatorReturns: try restartCoordinator()
    case .workerTick(let id):
      guard workers[id] != nil else { return }
      plan(.workerTick(id), after: .milliseconds(1000))
      tell(id, .tick(progress: workers[id]?.progress))
    case .workerStep(let id):
      guard workers[id] != nil else { return }
      plan(.workerStep(id), after: .milliseconds(800))
      switch workers[id]?.step() {
      case .crashed: end(id, .signaled(SIGSEGV))
      case .events(let events): for event in events { tell(id, event) }
      case .none?, nil: break
      }
    case .workerStarts: startWorker(lies: false)
    case .clientActs(let number): clientActs(number)
    case .clientAsks(let number): clientAsks(number)
    case .toCoordinator(let peer, let message): try arrive(message, from: peer)
    case .toWorker(let peer, let message):
      guard let id = workerOfPeer[peer], !isPartitioned(id) else { return }
      tell(id, .message(message))
    case .toClient(let number, let answer): clientHears(number, answer)
    case .processEnded(let id, let status): try handle(.processEnded(id, status))
    case .fault: makeFault()
    }
  }

  private mutating func makeFault() {
    guard areFaultsOn else { return }
    plan(.fault, after: setup.faults.interval)
    guard let victim = workerOrder.randomElement(using: &random) else { return }
    switch Int.random(in: 0..<10, using: &random) {
    case 0: end(victim, .signaled(SIGKILL))
    case 1: end(victim, .signaled(SIGSEGV))
    case 2: tell(victim, .leaveRequested)
    case 3, 4: workers[victim]?.partitionedUntil = now + .seconds(Int.random(in: 1...30, using: &random))
    case 5: connectAnew(victim)
    case 6: storageFailsUntil = now + .seconds(Int.random(in: 1...20, using: &random))
    case 7: clockOffset += .seconds(Int.random(in: 0...40, using: &random))
    default: stopCoordinator()
    }
  }

  // MARK: The network and the time

  mutating func deliver(_ what: Happening) {
    var copies = 1
    if areFaultsOn, random.chance(setup.faults.loss) { copies = 0 }
    if areFaultsOn, random.chance(setup.faults.duplication) { copies = 2 }
    for _ in 0..<copies {
      let isSlow = areFaultsOn && random.chance(setup.faults.slowness)
      plan(what, after: .milliseconds(isSlow ? Int.random(in: 0...4_000, using: &random) : 1))
    }
  }

  mutating func plan(_ what: Happening, after delay: Duration) {
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
}
