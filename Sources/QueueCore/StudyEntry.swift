import QueueProtocol

/// The core's record of a study. Its description is in the journal alone.
struct StudyEntry: Sendable {
  /// Jobs by their states.
  struct Counts: Hashable, Sendable {
    var queued = 0
    var running = 0
    var finished = 0
    var failed = 0
    var cancelled = 0

    mutating func add(_ state: JobEntry.State, _ number: Int = 1) {
      switch state {
      case .queued: queued += number
      case .leased: running += number
      case .finished: finished += number
      case .failed: failed += number
      case .cancelled: cancelled += number
      }
    }
  }

  let id: StudyID
  let submission: SubmissionID
  let name: String
  let priority: Int
  let isFresh: Bool
  /// The jobs that it will have when all of them have arrived.
  let total: Int
  let submitted: Instant
  var isCancelled = false
  /// The index of each of its jobs, in its own order.
  var jobs: [Int32] = []
  var queue = OrdinalQueue()
  /// Its jobs that may be given out.
  var waiting = 0
  var counts = Counts()
  /// Steps that stand.
  var steps = 0

  init(
    id: StudyID, submission: SubmissionID, name: String, priority: Int, isFresh: Bool, total: Int,
    submitted: Instant
  ) {
    (self.id, self.submission, self.name, self.priority) = (id, submission, name, priority)
    (self.isFresh, self.total, self.submitted) = (isFresh, total, submitted)
  }

  /// Which study is served first: the highest priority, then the fewest running jobs; the heap puts the oldest first
  /// of those that are equal.
  var key: Key { Key(priority: priority, running: counts.running) }

  struct Key: Comparable, Sendable {
    let priority: Int
    let running: Int

    static func < (a: Key, b: Key) -> Bool {
      a.priority == b.priority ? a.running < b.running : a.priority > b.priority
    }
  }

  /// Whether parts of it have yet to arrive.
  var isReceiving: Bool { !isCancelled && jobs.count < total }

  var hasEnded: Bool { isCancelled || (jobs.count == total && counts.queued + counts.running == 0) }
}

/// One place of one study.
struct Membership: Hashable, Sendable {
  let study: Int32
  let ordinal: Int32
}

/// The places at which a job stands; nearly always one.
struct Memberships: Sendable {
  private var first: Membership?
  private var others: [Membership] = []

  var count: Int { (first == nil ? 0 : 1) + others.count }

  mutating func add(_ membership: Membership) {
    if first == nil { first = membership } else { others.append(membership) }
  }

  func forEach(_ body: (Membership) -> Void) {
    if let first { body(first) }
    for other in others { body(other) }
  }

  func contains(where condition: (Membership) -> Bool) -> Bool {
    first.map(condition) == true || others.contains(where: condition)
  }
}

/// The running jobs of a study, added up.
struct StudyWork {
  private(set) var stepsPerSecond = 0.0
  private var steps = 0
  /// Of the jobs whose steps in all are known.
  private var totals: (jobs: Int, steps: Int) = (0, 0)

  mutating func add(_ lease: Lease) {
    stepsPerSecond += lease.stepsPerSecond
    steps += lease.step
    if lease.totalSteps > 0 { totals = (totals.jobs + 1, totals.steps + lease.totalSteps) }
  }

  /// The jobs that have not run yet are taken to be like the others in the mean.
  func estimatedSteps(of study: StudyEntry) -> Int? {
    let known = study.counts.finished + totals.jobs
    let wanted = study.total - study.counts.failed - study.counts.cancelled
    guard known > 0, wanted >= known else { return nil }
    // Steps of queued jobs' checkpoints are few beside those of finished ones.
    let sum = Double(max(0, study.steps - steps)) + Double(totals.steps)
    return Int((sum / Double(known) * Double(wanted)).rounded())
  }
}
