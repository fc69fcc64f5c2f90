import FuzzSupport
import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

/// A core, a clock that is set by hand, and what came out last.
struct CoreHarness {
  var core: QueueCore
  var now = Instant(nanoseconds: 1_000_000_000)
  /// Everything that was stored, in order.
  var stored: [JournalRecord] = []
  /// The effects of the last event.
  var effects: [Effect] = []
  var notes: [Note] = []
  var isFinished = false

  init(jobs: Int, settings: QueueSettings = QueueSettings()) throws {
    core = QueueCore(settings: settings)
    if jobs > 0 { try submit((0..<jobs).map(Self.job)) }
  }

  /// Each call is a study of its own.
  @discardableResult
  mutating func submit(
    _ jobs: [NewJob], name: String = "study", priority: Int = 0, isFresh: Bool = false
  ) throws -> StudyID {
    submissions += 1
    var random = SplitMix64(seed: UInt64(submissions))
    let id = SubmissionID(hex: WorkerID(using: &random).hex) ?? .random()
    try tell(.submitted(Submission(id: id, name: name, priority: priority, isFresh: isFresh, jobs: jobs)))
    return StudyID(core.studies.count)
  }

  private var submissions = 0

  /// What a client is answered.
  mutating func ask(_ message: ClientMessage) throws -> ClientReply? {
    try tell(.client(from: Self.client, ClientCall(request: 1, message)))
    for case .reply(Self.client, let reply, 1) in effects { return reply }
    return nil
  }

  static let client = PeerID([9, 9])

  static func job(_ number: Int) -> NewJob { NewJob(payload: [UInt8(number)]) }

  static func worker(_ number: Int) -> WorkerID {
    var random = SplitMix64(seed: UInt64(number))
    return WorkerID(using: &random)
  }

  static func peer(_ number: Int) -> PeerID { PeerID([0, UInt8(number)]) }

  mutating func tell(_ event: Event) throws {
    effects = core.handle(event, at: now)
    try core.checkInvariants()
    for effect in effects {
      switch effect {
      case .store(let record): stored.append(record)
      case .note(let note): notes.append(note)
      case .finished: isFinished = true
      default: break
      }
    }
  }

  mutating func say(_ peer: Int, _ message: WorkerMessage) throws {
    try tell(.message(from: Self.peer(peer), message))
  }

  /// Worker `number` registers over a connection of the same number, unless another is given.
  mutating func register(_ number: Int, peer: Int? = nil, current: AttemptReference? = nil) throws {
    try say(
      peer ?? number,
      .register(
        Registration(
          worker: Self.worker(number), host: "host \(number)", pid: 100 + number, cores: 4,
          instructionSet: "avx2",
          version: "1", current: current)))
  }

  mutating func beat(_ peer: Int, _ current: AttemptReference? = nil, step: Int? = nil) throws {
    let progress = step.map { StepProgress(step: $0, totalSteps: 100) }
    try say(peer, .heartbeat(Heartbeat(current: current, progress: progress)))
  }

  /// Time goes on in ticks of a second, while these workers beat.
  mutating func wait(_ seconds: Int, beating: [(peer: Int, current: AttemptReference?, step: Int?)] = [])
    throws
  {
    for _ in 0..<seconds {
      now = now + .seconds(1)
      for beat in beating { try self.beat(beat.peer, beat.current, step: beat.step) }
      try tell(.tick)
      isolateAssignments()
    }
  }

  /// The attempts that were assigned since the last call.
  private(set) var assigned: [(peer: PeerID, reference: AttemptReference)] = []

  private mutating func isolateAssignments() {
    for case .assign(let peer, let reference, _) in effects { assigned.append((peer, reference)) }
  }

  /// What the last event's effects assign to a connection.
  func assignment(to peer: Int) -> AttemptReference? {
    for case .assign(Self.peer(peer), let reference, _) in effects { return reference }
    return nil
  }

  /// What the last event's effects say to a connection.
  func said(to peer: Int) -> [CoordinatorMessage] {
    effects.compactMap { if case .send(Self.peer(peer), let message) = $0 { message } else { nil } }
  }

  /// How the attempts that ended did so, in the order of their ends.
  var ends: [AttemptEnd.Kind] {
    stored.compactMap { if case .attemptEnded(_, let end, _) = $0 { end.kind } else { nil } }
  }

  static func result(_ bytes: [UInt8] = [7]) -> JobResult { JobResult(bytes: bytes, seconds: 1, steps: 100) }
}
