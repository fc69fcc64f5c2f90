import QueueProtocol

/// The core's record of a registered worker.
struct WorkerEntry: Sendable {
  enum Activity: Hashable, Sendable {
    case idle
    case running(Lease)
    /// It was told to stop this attempt and has not said that it did.
    case stopping(AttemptReference)
    /// A result of it lost against two others; it gets no job.
    case distrusted
    /// It leaves; it gets no job.
    case leaving
  }

  let registration: Registration
  fileprivate(set) var peer: PeerID
  fileprivate(set) var lastHeard: Instant
  fileprivate(set) var activity = Activity.idle
  /// It said that it takes no other job.
  fileprivate(set) var isRetiring = false
  /// The loss curve of its attempt.
  fileprivate(set) var losses = LossCurve()

  fileprivate init(registration: Registration, peer: PeerID, lastHeard: Instant) {
    (self.registration, self.peer, self.lastHeard) = (registration, peer, lastHeard)
  }

  var id: WorkerID { registration.worker }
}

/// A job in a worker's hands.
struct Lease: Hashable, Sendable {
  let attempt: AttemptID
  let jobIndex: Int
  var step: Int
  /// How often the job had reported.
  var reports = 0
  /// When the job last showed that it moves: a step, a report, a checkpoint or a wish for a blob.
  var lastProgress: Instant
  /// `QueueSettings.stallLimit`, doubled for each attempt of the job that was stuck.
  var stallLimit: Duration
  /// When the worker was last told of the attempt, or last said that it runs it.
  var lastConfirmed: Instant
  /// Of the whole job; 0 if not known.
  var totalSteps = 0
  /// The loss that it last told; `nil` until it is known.
  var loss: Double?
  /// Steps per second, smoothed over some heartbeats; 0 until it is known.
  var stepsPerSecond = 0.0
  /// When it last said how far it is.
  var lastBeat: Instant

  mutating func noteRate(steps: Int, at now: Instant) {
    let seconds = (now - lastBeat).seconds
    guard seconds > 0.05 else { return }
    lastBeat = now
    let latest = Double(max(0, steps)) / seconds
    stepsPerSecond = stepsPerSecond == 0 ? latest : 0.7 * stepsPerSecond + 0.3 * latest
  }
}

/// The registered workers, each in a slot: found by identity and by connection, and the idle ones in the order of their
/// slots. All indices are private to this type, so that none can be forgotten when a worker changes.
struct WorkerTable: Sendable {
  /// `nil` for a slot that is free.
  private var entries: [WorkerEntry?] = []
  private var free = IndexHeap()
  private var idle = IndexHeap()
  private var slotOfWorker: [WorkerID: Int] = [:]
  private var slotOfPeer: [PeerID: Int] = [:]

  /// The number of workers. O(1).
  var count: Int { slotOfWorker.count }

  /// All slots, also free ones.
  var slots: Range<Int> { entries.indices }

  /// All workers, in the order of their slots.
  var all: some Sequence<WorkerEntry> { entries.lazy.compactMap { $0 } }

  /// The first idle worker's slot. O(1).
  var firstIdle: Int? { idle.first }

  /// The slots of all idle workers, in no particular order.
  var allIdle: some Sequence<Int> { idle.all }

  /// The worker in a slot; nil for a free slot.
  subscript(slot: Int) -> WorkerEntry? { entries.indices.contains(slot) ? entries[slot] : nil }

  /// The slot of the worker with this identity. O(1).
  func slot(of worker: WorkerID) -> Int? { slotOfWorker[worker] }

  /// The slot of the worker at this connection. O(1).
  func slot(at peer: PeerID) -> Int? { slotOfPeer[peer] }

  /// Adds a worker, idle, in the first free slot. Its connection must be no other worker's. O(log workers).
  mutating func add(_ registration: Registration, at peer: PeerID, heard now: Instant) -> Int {
    let slot = free.popFirst() ?? entries.count
    if slot == entries.count { entries.append(nil) }
    entries[slot] = WorkerEntry(registration: registration, peer: peer, lastHeard: now)
    slotOfWorker[registration.worker] = slot
    slotOfPeer[peer] = slot
    idle.insert(slot)
    return slot
  }

  /// Takes a worker out. O(log workers).
  mutating func remove(_ slot: Int) {
    guard let worker = self[slot] else { return }
    entries[slot] = nil
    idle.remove(slot)
    free.insert(slot)
    slotOfWorker[worker.id] = nil
    slotOfPeer[worker.peer] = nil
  }

  /// The worker's connection is another one from now on, which must be no other worker's. O(1).
  mutating func connect(_ slot: Int, to peer: PeerID) {
    guard let old = self[slot]?.peer else { return }
    slotOfPeer[old] = nil
    entries[slot]?.peer = peer
    slotOfPeer[peer] = slot
  }

  /// The worker does something else from now on. O(log workers).
  mutating func setActivity(_ activity: WorkerEntry.Activity, of slot: Int) {
    guard self[slot] != nil else { return }
    entries[slot]?.activity = activity
    if activity == .idle { idle.insert(slot) } else { idle.remove(slot) }
  }

  /// Changes the lease of a worker that has one. O(1).
  mutating func updateLease(of slot: Int, _ change: (inout Lease) -> Void) {
    guard case .running(var lease) = self[slot]?.activity else { return }
    change(&lease)
    entries[slot]?.activity = .running(lease)
  }

  /// The worker was heard now. O(1).
  mutating func hear(_ slot: Int, at now: Instant) {
    if self[slot] != nil { entries[slot]?.lastHeard = now }
  }

  /// The worker takes no other job after the one that it has. O(1).
  mutating func retire(_ slot: Int) {
    if self[slot] != nil { entries[slot]?.isRetiring = true }
  }

  /// The worker's attempt has told this loss. O(1).
  mutating func addLoss(_ loss: Double, step: Int, of slot: Int) {
    if self[slot] != nil { entries[slot]?.losses.add(step: step, loss: loss) }
  }

  /// The worker's next attempt has told no loss. O(1).
  mutating func forgetLosses(of slot: Int) {
    if self[slot] != nil { entries[slot]?.losses = LossCurve() }
  }

  /// A contradiction between the indices; nil if there is none. O(workers).
  var contradiction: String? {
    let count = entries.count { $0 != nil }
    if slotOfWorker.count != count || slotOfPeer.count != count {
      return "\(count) workers, but \(slotOfWorker.count) identities and \(slotOfPeer.count) connections"
    }
    for slot in slots {
      guard let worker = entries[slot] else {
        if !free.contains(slot) || idle.contains(slot) { return "slot \(slot) is lost" }
        continue
      }
      if slotOfWorker[worker.id] != slot { return "worker \(worker.id) is in two slots" }
      if slotOfPeer[worker.peer] != slot { return "the connection of worker \(worker.id) is another's" }
      if idle.contains(slot) != (worker.activity == .idle) { return "worker \(worker.id) idle and not idle" }
      if free.contains(slot) { return "the slot of worker \(worker.id) is free" }
    }
    return nil
  }
}
