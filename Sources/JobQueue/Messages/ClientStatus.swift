import Digests

/// How far a study is.
public struct StudyStatus: Hashable, Sendable, Codable {
  /// Where a study stands.
  public enum State: String, Hashable, Sendable, Codable {
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
  public var study: StudyID
  /// The submission that made it.
  public var submission: SubmissionID
  /// For people.
  public var name: String
  /// Its priority.
  public var priority: Int
  /// Where it stands.
  public var state: State
  /// Seconds since 1970.
  public var submittedAt: Double
  /// The jobs that it has when all have arrived.
  public var total: Int
  /// The jobs that have arrived.
  public var received: Int
  /// Jobs that wait for a worker.
  public var queued: Int
  /// Jobs in a worker's hands.
  public var running: Int
  /// Jobs with a result.
  public var finished: Int
  /// Jobs that were set aside.
  public var failed: Int
  /// Jobs that no study wants any more.
  public var cancelled: Int
  /// Steps that stand.
  public var steps: Int
  /// Steps per second of its running jobs.
  public var stepsPerSecond: Double
  /// About how many steps all its jobs that are not set aside or cancelled will have made, from those that are finished
  /// or run; `nil` until it is known.
  public var estimatedSteps: Int?

  /// About how many seconds it will take from now on; `nil` if it is not known or nothing is left to do.
  public var secondsLeft: Double? {
    guard let estimatedSteps, stepsPerSecond > 0, !hasEnded else { return nil }
    return Double(max(0, estimatedSteps - steps)) / stepsPerSecond
  }

  /// The part of it that is done, 0 to 1: of its steps if those are known, else of its jobs.
  public var fractionDone: Double {
    if hasEnded || total == 0 { return 1 }
    if let estimatedSteps, estimatedSteps > 0 { return min(0.999, Double(steps) / Double(estimatedSteps)) }
    return Double(finished + failed + cancelled) / Double(total)
  }

  /// Whether nothing more will happen to it, unless it is tried again.
  public var hasEnded: Bool { state == .ended || state == .cancelled }
}

/// The queue as a whole.
public struct QueueStatus: Hashable, Sendable, Codable {
  /// The program's version, for people.
  public var version: String
  /// Jobs that wait for a worker.
  public var queued: Int
  /// Jobs in a worker's hands.
  public var running: Int
  /// Jobs with a result.
  public var finished: Int
  /// Jobs that were set aside.
  public var failed: Int
  /// Workers that are registered.
  public var workers: Int
  /// Steps per second of all workers.
  public var stepsPerSecond: Double
  /// Results that a second worker confirmed, since the coordinator started.
  public var auditsPassed: Int
  /// Jobs of which workers brought different results, since the coordinator started.
  public var auditsDisputed: Int
  /// Results that no second worker was there to confirm, since the coordinator started.
  public var auditsSkipped: Int
  /// Why the journal cannot be written now; `nil` if it can.
  public var storageProblem: String?
}

/// What a worker does.
public struct WorkerStatus: Hashable, Sendable, Codable {
  /// The kinds of activity.
  public enum State: String, Hashable, Sendable, Codable {
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
  public var worker: WorkerID
  /// Its host's name.
  public var host: String
  /// Its process id.
  public var pid: Int
  /// The cores of its host.
  public var cores: Int
  /// The SIMD instruction set that it trains with.
  public var instructionSet: String
  /// Its program's version.
  public var version: String
  /// What it does.
  public var state: State
  /// The first study that wants its job.
  public var study: StudyID?
  /// Its job.
  public var job: JobID?
  /// Its attempt.
  public var attempt: AttemptID?
  /// The steps that the attempt has done.
  public var step: Int?
  /// The steps of the whole job; 0 if not known.
  public var totalSteps: Int?
  /// The attempt's steps per second; 0 until it is known.
  public var stepsPerSecond: Double?
  /// The loss that the attempt last told.
  public var loss: Double?
  /// How long ago it was last heard.
  public var heardSecondsAgo: Double
}

/// A job that was set aside, with its story.
public struct FailedJobStatus: Hashable, Sendable, Codable {
  /// Its place in the study, from 0.
  public var place: Int
  /// The job.
  public var job: JobID
  /// Why it was set aside.
  public var reason: String
  /// Its last 32 attempts, oldest first.
  public var attempts: [AttemptStatus]
}

/// One attempt of a failed job.
public struct AttemptStatus: Hashable, Sendable, Codable {
  /// The attempt.
  public var attempt: AttemptID
  /// The worker that it was given to.
  public var worker: WorkerID
  /// The worker's host.
  public var host: String
  /// Seconds since 1970.
  public var startedAt: Double
  /// Seconds since 1970; `nil` while it runs.
  public var endedAt: Double?
  /// Why it ended, a case of `AttemptEnd.Kind`; `nil` while it runs.
  public var end: String?
  /// What is known besides.
  public var message: String
}

/// How a job of a study ended.
public struct JobOutcome: Hashable, Sendable, Codable {
  /// Where a job stands.
  public enum State: String, Hashable, Sendable, Codable {
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
  public var place: Int
  /// The job.
  public var job: JobID
  /// Where it stands.
  public var state: State
  /// Why it was set aside.
  public var reason: String?
  /// The digest of its result.
  public var digest: SHA256Digest?
  /// Its steps.
  public var steps: Int?
  /// The time that the attempt took, in seconds.
  public var seconds: Double?
  /// Its result, from a binary frame; only of a finished job.
  public var bytes: [UInt8] = []

  private enum CodingKeys: CodingKey {
    case place, job, state, reason, digest, steps, seconds
  }
}
