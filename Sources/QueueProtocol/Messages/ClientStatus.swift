import Digests

/// How far a study is.
package struct StudyStatus: Hashable, Sendable, Codable {
  /// Where a study stands.
  package enum State: String, Hashable, Sendable, Codable {
    /// Parts of it have yet to arrive.
    case receiving
    /// Some of its jobs have not ended.
    case open
    /// All its jobs are finished or set aside.
    case ended
    /// It was cancelled.
    case cancelled
  }

  /// The study.
  package var study: StudyID
  /// The submission that made it.
  package var submission: SubmissionID
  /// For people.
  package var name: String
  /// Its priority.
  package var priority: Int
  /// Where it stands.
  package var state: State
  /// Seconds since 1970.
  package var submittedAt: Double
  /// The jobs that it has when all have arrived.
  package var total: Int
  /// The jobs that have arrived.
  package var received: Int
  /// Jobs that wait for a worker.
  package var queued: Int
  /// Jobs in a worker's hands.
  package var running: Int
  /// Jobs with a result.
  package var finished: Int
  /// Jobs that were set aside.
  package var failed: Int
  /// Jobs that no study wants any more.
  package var cancelled: Int
  /// Steps that stand.
  package var steps: Int
  /// Steps per second of its running jobs.
  package var stepsPerSecond: Double
  /// About how many steps all its jobs that are not set aside or cancelled will have made, from those that are finished
  /// or run; `nil` until it is known.
  package var estimatedSteps: Int?

  /// All that is known.
  package init(
    study: StudyID, submission: SubmissionID, name: String, priority: Int, state: State, submittedAt: Double,
    total: Int, received: Int, queued: Int, running: Int, finished: Int, failed: Int, cancelled: Int,
    steps: Int, stepsPerSecond: Double, estimatedSteps: Int? = nil
  ) {
    self.study = study
    self.submission = submission
    self.name = name
    self.priority = priority
    self.state = state
    self.submittedAt = submittedAt
    self.total = total
    self.received = received
    self.queued = queued
    self.running = running
    self.finished = finished
    self.failed = failed
    self.cancelled = cancelled
    self.steps = steps
    self.stepsPerSecond = stepsPerSecond
    self.estimatedSteps = estimatedSteps
  }

  /// About how many seconds it will take from now on; `nil` if it is not known or nothing is left to do.
  package var secondsLeft: Double? {
    guard let estimatedSteps, stepsPerSecond > 0, !hasEnded else { return nil }
    return Double(max(0, estimatedSteps - steps)) / stepsPerSecond
  }

  /// The part of it that is done, 0 to 1: of its steps if those are known, else of its jobs.
  package var fractionDone: Double {
    if hasEnded || total == 0 { return 1 }
    if let estimatedSteps, estimatedSteps > 0 { return min(0.999, Double(steps) / Double(estimatedSteps)) }
    return Double(finished + failed + cancelled) / Double(total)
  }

  /// Whether nothing more will happen to it, unless it is tried again.
  package var hasEnded: Bool { state == .ended || state == .cancelled }
}

/// The queue as a whole.
package struct QueueStatus: Hashable, Sendable, Codable {
  /// The program's version, for display.
  package var version: String
  /// Jobs that wait for a worker.
  package var queued: Int
  /// Jobs in a worker's hands.
  package var running: Int
  /// Jobs with a result.
  package var finished: Int
  /// Jobs that were set aside.
  package var failed: Int
  /// Workers that are registered.
  package var workers: Int
  /// Steps per second of all workers.
  package var stepsPerSecond: Double
  /// Results that a second worker confirmed, since the coordinator started.
  package var auditsPassed: Int
  /// Jobs of which workers brought different results, since the coordinator started.
  package var auditsDisputed: Int
  /// Results that no second worker was there to confirm, since the coordinator started.
  package var auditsSkipped: Int
  /// Why the journal cannot be written now; `nil` if it can.
  package var storageProblem: String?

  /// All that is known.
  package init(
    version: String, queued: Int, running: Int, finished: Int, failed: Int, workers: Int,
    stepsPerSecond: Double, auditsPassed: Int, auditsDisputed: Int, auditsSkipped: Int,
    storageProblem: String? = nil
  ) {
    self.version = version
    self.queued = queued
    self.running = running
    self.finished = finished
    self.failed = failed
    self.workers = workers
    self.stepsPerSecond = stepsPerSecond
    self.auditsPassed = auditsPassed
    self.auditsDisputed = auditsDisputed
    self.auditsSkipped = auditsSkipped
    self.storageProblem = storageProblem
  }
}

/// A worker's activity.
package struct WorkerStatus: Hashable, Sendable, Codable {
  /// The kinds of activity.
  package enum State: String, Hashable, Sendable, Codable {
    /// It waits for a job.
    case idle
    /// It has a job.
    case working
    /// It was told to stop its job.
    case stopping
    /// It leaves.
    case leaving
    /// Its result lost against two others; it gets no more jobs.
    case distrusted
  }

  /// The worker.
  package var worker: WorkerID
  /// Its host's name.
  package var host: String
  /// Its process id.
  package var pid: Int
  /// The processors that it may use on its host.
  package var cores: Int
  /// The limit that decides their number, in a word or two; nil for the host's own count.
  package var coresLimit: String?
  /// The SIMD instruction set that it trains with.
  package var instructionSet: String
  /// Its program's version.
  package var version: String
  /// The worker's activity.
  package var state: State
  /// The first study that wants its job.
  package var study: StudyID?
  /// Its job.
  package var job: JobID?
  /// Its attempt.
  package var attempt: AttemptID?
  /// The steps that the attempt has done.
  package var step: Int?
  /// The steps of the whole job; 0 if not known.
  package var totalSteps: Int?
  /// The attempt's steps per second; 0 until it is known.
  package var stepsPerSecond: Double?
  /// The loss that the attempt last told.
  package var loss: Double?
  /// How long ago it was last heard.
  package var heardSecondsAgo: Double

  /// All that is known.
  package init(
    worker: WorkerID, host: String, pid: Int, cores: Int, coresLimit: String? = nil,
    instructionSet: String, version: String, state: State, study: StudyID? = nil, job: JobID? = nil,
    attempt: AttemptID? = nil, step: Int? = nil,
    totalSteps: Int? = nil, stepsPerSecond: Double? = nil, loss: Double? = nil, heardSecondsAgo: Double
  ) {
    self.worker = worker
    self.host = host
    self.pid = pid
    (self.cores, self.coresLimit) = (cores, coresLimit)
    self.instructionSet = instructionSet
    self.version = version
    self.state = state
    self.study = study
    self.job = job
    self.attempt = attempt
    self.step = step
    self.totalSteps = totalSteps
    self.stepsPerSecond = stepsPerSecond
    self.loss = loss
    self.heardSecondsAgo = heardSecondsAgo
  }
}

/// A job that was set aside, with its history.
package struct FailedJobStatus: Hashable, Sendable, Codable {
  /// Its place in the study, from 0.
  package var place: Int
  /// The job.
  package var job: JobID
  /// Why it was set aside.
  package var reason: String
  /// The last attempt's account of the failure, or else the queue's reason.
  package var failure: FailureReport
  /// Its last 32 attempts, oldest first.
  package var attempts: [AttemptStatus]

  /// A failed job.
  package init(place: Int, job: JobID, reason: String, failure: FailureReport, attempts: [AttemptStatus]) {
    (self.place, self.job, self.reason) = (place, job, reason)
    (self.failure, self.attempts) = (failure, attempts)
  }

  /// A failed job with its whole history, oldest attempt first.
  package init(place: Int, job: JobID, reason: String, history: [AttemptRecord]) {
    self.init(
      place: place, job: job, reason: Wire.cut(reason, 1000),
      failure: FailureReport(attempts: history, reason: reason),
      attempts: history.suffix(32).map(AttemptStatus.init))
  }

  /// Reads a header's part. Coordinators of earlier versions don't send `failure`.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    place = try container.decode(Int.self, forKey: .place)
    job = try container.decode(JobID.self, forKey: .job)
    reason = try container.decode(String.self, forKey: .reason)
    attempts = try container.decode([AttemptStatus].self, forKey: .attempts)
    failure =
      try container.decodeIfPresent(FailureReport.self, forKey: .failure)
      ?? FailureReport(lastAttempt: attempts.last?.message, reason: reason)
  }
}

/// One attempt of a failed job.
package struct AttemptStatus: Hashable, Sendable, Codable {
  /// The attempt.
  package var attempt: AttemptID
  /// The worker that it was given to.
  package var worker: WorkerID
  /// The worker's host.
  package var host: String
  /// Seconds since 1970.
  package var startedAt: Double
  /// Seconds since 1970; `nil` while it runs.
  package var endedAt: Double?
  /// Why it ended, a case of `AttemptEnd.Kind`; `nil` while it runs.
  package var end: String?
  /// Further detail, if any.
  package var message: String

  /// All that is known.
  package init(
    attempt: AttemptID, worker: WorkerID, host: String, startedAt: Double, endedAt: Double? = nil,
    end: String? = nil, message: String
  ) {
    self.attempt = attempt
    self.worker = worker
    self.host = host
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.end = end
    self.message = message
  }
}

/// How a job of a study ended.
package struct JobStatus: Hashable, Sendable, Codable {
  /// Where a job stands.
  package enum State: String, Hashable, Sendable, Codable {
    /// It has not ended.
    case open
    /// It has a result.
    case finished
    /// It was set aside.
    case failed
    /// No study wants it any more.
    case cancelled
  }

  /// Its place in the study, from 0.
  package var place: Int
  /// The job.
  package var job: JobID
  /// Where it stands.
  package var state: State
  /// Why it was set aside.
  package var reason: String?
  /// The digest of its result.
  package var digest: SHA256Digest?
  /// Its steps.
  package var steps: Int?
  /// The time that the attempt took, in seconds.
  package var seconds: Double?
  /// Its result, from a binary frame; only of a finished job.
  package var bytes: [UInt8] = []

  /// All that is known.
  package init(
    place: Int, job: JobID, state: State, reason: String? = nil, digest: SHA256Digest? = nil,
    steps: Int? = nil, seconds: Double? = nil, bytes: [UInt8] = []
  ) {
    self.place = place
    self.job = job
    self.state = state
    self.reason = reason
    self.digest = digest
    self.steps = steps
    self.seconds = seconds
    self.bytes = bytes
  }

  private enum CodingKeys: CodingKey {
    case place, job, state, reason, digest, steps, seconds
  }
}

/// An attempt that ended.
package struct EndedAttempt: Hashable, Sendable, Codable {
  /// The first study that wants its job.
  package var study: StudyID?
  /// Its job.
  package var job: JobID
  /// How it went.
  package var attempt: AttemptStatus

  /// All that is known.
  package init(study: StudyID? = nil, job: JobID, attempt: AttemptStatus) {
    self.study = study
    self.job = job
    self.attempt = attempt
  }
}

extension AttemptStatus {
  /// How the attempt went.
  package init(_ record: AttemptRecord) {
    self.init(
      attempt: record.id, worker: record.worker, host: record.host,
      startedAt: record.started.secondsSince1970, endedAt: record.ended?.secondsSince1970,
      end: record.end?.kind.rawValue, message: Wire.cut(record.end?.message ?? "", 500))
  }
}

/// The queue and its studies, as `potline status --json` prints and the status page's `/api/studies` sends them.
package struct StudiesDocument: Hashable, Sendable, Encodable {
  /// The queue as a whole.
  package let queue: QueueStatus
  /// The studies, oldest first.
  package let studies: [StudyStatus]

  /// A document of what a client or a snapshot saw.
  package init(queue: QueueStatus, studies: [StudyStatus]) { (self.queue, self.studies) = (queue, studies) }
}

/// One study, as `potline status ID --json` prints and the status page's `/api/studies/ID` sends it.
package struct StudyDocument: Hashable, Sendable, Encodable {
  /// The queue as a whole.
  package let queue: QueueStatus
  /// The study.
  package let study: StudyStatus
  /// Its jobs that were set aside, with their histories, in their order; from a snapshot only its own
  /// (`QueueSnapshot.failures`).
  package let failures: [FailedJobStatus]

  /// A document of what a client or a snapshot saw.
  package init(queue: QueueStatus, study: StudyStatus, failures: [FailedJobStatus]) {
    (self.queue, self.study, self.failures) = (queue, study, failures)
  }
}
