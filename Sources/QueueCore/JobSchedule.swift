import Digests
import QueueProtocol

/// The jobs and studies, which job is given out next, and all counters of them. Whoever changes a job's state, steps or
/// place in a study does it here, so that no counter or queue can be forgotten.
///
/// Jobs and studies are known by their indices, which never change.
struct JobSchedule: Sendable {
  private(set) var jobs: [JobEntry] = []
  private(set) var studies: [StudyEntry] = []
  /// The counters of jobs and steps; workers, audits and rates are left at 0.
  private(set) var progress = QueueProgress()
  private(set) var audits = AuditBook()
  /// How many studies have parts that have yet to arrive.
  private(set) var receiving = 0
  /// A job that was trained again afresh is here under its latest index.
  private var indexOfJob: [JobID: Int] = [:]
  /// Of a job that was trained again afresh: the index before, and the number of the first attempt of this one.
  private var earlier: [Int: (index: Int, firstAttempt: Int)] = [:]
  private var studyOfSubmission: [SubmissionID: Int] = [:]
  /// Studies that have a job to give out.
  private var ready = KeyedIndexHeap<StudyEntry.Key>()

  /// Makes room for so many jobs.
  mutating func reserve(jobs count: Int) {
    jobs.reserveCapacity(count)
    indexOfJob.reserveCapacity(count)
  }

  /// The latest index of a job. O(1).
  func index(of job: JobID) -> Int? { indexOfJob[job] }

  /// The entry that an attempt is of. Of a job that was trained again afresh each training has its own.
  func index(of reference: AttemptReference) -> Int? {
    guard var index = indexOfJob[reference.job] else { return nil }
    while let before = earlier[index], reference.attempt.number < before.firstAttempt { index = before.index }
    return index
  }

  /// The index of a submission's study. O(1).
  func study(of submission: SubmissionID) -> Int? { studyOfSubmission[submission] }

  /// The first of the studies that have a job to give out. O(1).
  var nextStudy: Int? { ready.first }

  /// Whether a study that is not cancelled has the job.
  func isWanted(_ index: Int) -> Bool {
    jobs[index].memberships.contains { !studies[Int($0.study)].isCancelled }
  }
}

/// Jobs and studies that come.
extension JobSchedule {
  /// Adds a job that no study wants yet. One with the same identity stays, for the attempts before `firstAttempt` and the
  /// studies that have it.
  mutating func addJob(_ job: JobID, firstAttempt: Int) -> Int {
    let index = jobs.count
    if let before = indexOfJob.updateValue(index, forKey: job) { earlier[index] = (before, firstAttempt) }
    jobs.append(JobEntry(id: job))
    progress.cancelled += 1
    return index
  }

  /// Adds a study without jobs.
  mutating func addStudy(_ study: StudyEntry) -> Int {
    studies.append(study)
    if study.isReceiving { receiving += 1 }
    studyOfSubmission[study.submission] = studies.count - 1
    return studies.count - 1
  }

  /// Adds the job to the end of the study.
  mutating func join(_ index: Int, _ study: Int) {
    let ordinal = studies[study].jobs.count
    let wasReceiving = studies[study].isReceiving
    studies[study].jobs.append(Int32(index))
    if wasReceiving, !studies[study].isReceiving { receiving -= 1 }
    studies[study].counts.add(jobs[index].state)
    studies[study].steps += jobs[index].standingSteps
    jobs[index].memberships.add(Membership(study: Int32(study), ordinal: Int32(ordinal)))
    if jobs[index].state == .queued, !jobs[index].isInAudit {
      studies[study].waiting += 1
      if !studies[study].isCancelled { studies[study].queue.insert(ordinal) }
    }
    updateReady(study: study)
  }

  /// Makes room for so many jobs of a study.
  mutating func reserve(jobs count: Int, of study: Int) { studies[study].jobs.reserveCapacity(count) }

  /// The study gives out no more jobs. The states of its jobs are the caller's to change.
  mutating func cancel(_ study: Int) {
    if studies[study].isReceiving { receiving -= 1 }
    studies[study].isCancelled = true
    studies[study].queue = OrdinalQueue()
    updateReady(study: study)
  }
}

/// Jobs that change.
extension JobSchedule {
  /// Changes the job's state, its place in the queues and the counters. An audited job that is queued waits for another
  /// worker from `now` on. O(studies of the job · log studies).
  mutating func setState(_ index: Int, _ new: JobEntry.State, at now: Instant) {
    let old = jobs[index].state
    if old == .queued { leaveQueue(index) }
    jobs[index].state = new
    progress.count(old, -1)
    progress.count(new, 1)
    jobs[index].memberships.forEach { membership in
      let study = Int(membership.study)
      studies[study].counts.add(old, -1)
      studies[study].counts.add(new)
    }
    if new == .queued { enterQueue(index, at: now) }
    jobs[index].memberships.forEach { updateReady(study: Int($0.study)) }
  }

  /// The steps that the job's checkpoint or result has; no worker has the job.
  mutating func setSteps(_ index: Int, _ steps: Int) {
    jobs[index].steps = steps
    setStandingSteps(index, steps)
  }

  /// The steps of a checkpoint, while a worker has the job and its steps stand.
  mutating func setCheckpoint(_ index: Int, _ steps: Int) { jobs[index].steps = steps }

  /// The steps that stand from now on.
  mutating func setStandingSteps(_ index: Int, _ steps: Int) {
    let change = steps - jobs[index].standingSteps
    jobs[index].standingSteps = steps
    progress.steps += change
    jobs[index].memberships.forEach { studies[Int($0.study)].steps += change }
  }

  /// The job is audited with these results, or no longer (nil). It must not be queued.
  mutating func setCandidates(_ index: Int, _ candidates: [AuditCandidate]?) {
    jobs[index].isInAudit = candidates != nil
    audits.set(candidates, of: index)
  }

  /// Changes what no counter follows: attempts, failures. O(1).
  mutating func update(_ index: Int, _ change: (inout JobEntry) -> Void) { change(&jobs[index]) }

  /// The study's next job; it is still queued.
  mutating func nextJob(of study: Int) -> Int? {
    while let ordinal = studies[study].queue.popFirst() {
      let index = Int(studies[study].jobs[ordinal])
      if jobs[index].state == .queued, !jobs[index].isInAudit { return index }
    }
    return nil
  }

  /// See `AuditBook.overdue`.
  mutating func overdueAudits(
    after patience: Duration, at now: Instant, isPossible: (_ excluded: [WorkerID]) -> Bool
  ) -> [Int] {
    audits.overdue(after: patience, at: now, isPossible: isPossible)
  }

  /// See `AuditBook.restartWaiting`.
  mutating func restartAudits(at now: Instant) { audits.restartWaiting(at: now) }

  /// See `AuditBook.removeEmptyGroups`.
  mutating func removeEmptyAuditGroups() { audits.removeEmptyGroups() }

  private mutating func enterQueue(_ index: Int, at now: Instant) {
    if jobs[index].isInAudit { return audits.enqueue(index, at: now) }
    jobs[index].memberships.forEach { membership in
      let study = Int(membership.study)
      studies[study].waiting += 1
      if !studies[study].isCancelled { studies[study].queue.insert(Int(membership.ordinal)) }
    }
  }

  private mutating func leaveQueue(_ index: Int) {
    if jobs[index].isInAudit { return audits.dequeue(index) }
    jobs[index].memberships.forEach { studies[Int($0.study)].waiting -= 1 }
  }

  private mutating func updateReady(study: Int) {
    if studies[study].waiting > 0, !studies[study].isCancelled {
      ready.set(study, key: studies[study].key)
    } else {
      ready.remove(study)
    }
  }
}

/// Contradictions, for tests and damaged journals.
extension JobSchedule {
  /// Looks for contradictions between jobs, studies, queues and counters. O(jobs).
  ///
  /// - Throws: `InvariantViolation` with the history of the job concerned.
  func checkInvariants() throws(InvariantViolation) {
    let superseded = Set(earlier.values.map(\.index))
    var counted = QueueProgress()
    for index in jobs.indices {
      let job = jobs[index]
      counted.count(job.state, 1)
      counted.steps += job.standingSteps
      try require(indexOfJob[job.id] == index || superseded.contains(index), "the job is lost", job)
      try require(job.isInAudit == (audits[index] != nil), "in an audit and not", job)
      try require(
        job.isOpen == isWanted(index) || job.state == .failed || job.endedWithResult, "nobody's job, or lost",
        job)
      if case .leased = job.state { continue }
      try require(
        job.standingSteps == job.steps, "\(job.standingSteps) steps stand instead of \(job.steps)", job)
    }
    try require(counted == progress, "counted \(counted), but the counters say \(progress)")
    try require(audits.count == jobs.count { $0.isInAudit }, "audits without jobs")
    try require(receiving == studies.count { $0.isReceiving }, "\(receiving) studies wait for parts")
    for study in studies.indices { try check(study) }
  }

  private func check(_ place: Int) throws(InvariantViolation) {
    let study = studies[place]
    var counts = StudyEntry.Counts()
    var (steps, waiting) = (0, 0)
    for index in study.jobs.map(Int.init) {
      counts.add(jobs[index].state)
      steps += jobs[index].standingSteps
      if jobs[index].state == .queued, !jobs[index].isInAudit { waiting += 1 }
    }
    try require(
      counts == study.counts, "study \(study.id) has \(counts), but the counters say \(study.counts)")
    try require(
      steps == study.steps, "study \(study.id) has \(steps) steps, but the counter says \(study.steps)")
    try require(
      waiting == study.waiting, "study \(study.id) has \(waiting) jobs to give out, not \(study.waiting)")
    try require(
      ready.contains(place) == (waiting > 0 && !study.isCancelled), "study \(study.id) ready and not ready")
    try require(
      study.isCancelled || study.queue.count >= waiting, "jobs of study \(study.id) are lost from its queue")
    try require(study.queue.count <= study.jobs.count, "the queue of study \(study.id) grows")
    try require(study.jobs.count <= study.total, "study \(study.id) has too many jobs")
  }

  private func require(
    _ condition: Bool, _ what: @autoclosure () -> String, _ job: JobEntry? = nil
  ) throws(InvariantViolation) {
    if !condition { throw InvariantViolation(description: what() + (job.map { "\n" + $0.history } ?? "")) }
  }
}

/// The core's record of a job. Payloads, checkpoints and results are in the journal alone.
struct JobEntry: Sendable {
  enum State: Hashable, Sendable {
    case queued
    /// A worker's slot.
    case leased(Int)
    case finished(SHA256Digest)
    case failed
    /// No study wants it.
    case cancelled
  }

  let id: JobID
  fileprivate(set) var state = State.cancelled
  /// The steps of the checkpoint that the journal has; of a finished job, all its steps.
  fileprivate(set) var steps = 0
  /// The steps that count in sums: `steps`, or those of the worker that has the job.
  fileprivate(set) var standingSteps = 0
  /// The attempts of an open or failed job, oldest first; emptied when the job is finished.
  var attempts: [AttemptRecord] = []
  fileprivate(set) var memberships = Memberships()
  /// Attempts that counted as failures since the job was last tried anew.
  var failures: Int32 = 0
  var lossesTold: Int32 = 0
  /// Whether results of it are compared at the moment: the `AuditBook` has them.
  fileprivate(set) var isInAudit = false

  /// More ended attempts than these are forgotten, uncounted ones first; the journal has them all.
  static let attemptsKept = 64

  init(id: JobID) { self.id = id }

  var isOpen: Bool {
    switch state {
    case .queued, .leased: true
    case .finished, .failed, .cancelled: false
    }
  }

  var endedWithResult: Bool { if case .finished = state { true } else { false } }

  var stuckCount: Int { attempts.count { $0.end?.kind == .stuck } }

  func attemptIndex(_ id: AttemptID) -> Int? { attempts.lastIndex { $0.id == id } }

  mutating func trimAttempts() {
    guard attempts.count > Self.attemptsKept else { return }
    let oldest =
      attempts.firstIndex { $0.end?.kind.countsAsFailure == false } ?? attempts.firstIndex { $0.end != nil }
    if let oldest { attempts.remove(at: oldest) }
  }

  /// The history of the job, as far as it is remembered.
  var history: String {
    "job \(id), \(state)" + attempts.map { "\n  \($0)" }.joined()
  }
}

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
  fileprivate(set) var isCancelled = false
  /// The index of each of its jobs, in its own order.
  fileprivate(set) var jobs: [Int32] = []
  fileprivate var queue = OrdinalQueue()
  /// Its jobs that may be given out.
  fileprivate var waiting = 0
  fileprivate(set) var counts = Counts()
  /// The standing steps of its jobs together.
  fileprivate(set) var steps = 0

  init(
    id: StudyID, submission: SubmissionID, name: String, priority: Int, isFresh: Bool, total: Int,
    submitted: Instant, isCancelled: Bool = false
  ) {
    (self.id, self.submission, self.name, self.priority) = (id, submission, name, priority)
    (self.isFresh, self.total, self.submitted) = (isFresh, total, submitted)
    self.isCancelled = isCancelled
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

extension QueueProgress {
  fileprivate mutating func count(_ state: JobEntry.State, _ number: Int) {
    switch state {
    case .queued: queued += number
    case .leased: running += number
    case .finished: finished += number
    case .failed: failed += number
    case .cancelled: cancelled += number
    }
  }
}
