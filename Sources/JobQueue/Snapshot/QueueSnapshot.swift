/// The queue at one moment, for whoever shows it.
public struct QueueSnapshot: Sendable {
  /// The studies of a snapshot: those that have not ended come before the newest of the others.
  public static let maximumStudies = 1_000
  /// The workers of a snapshot.
  public static let maximumWorkers = 5_000

  /// When it was taken, in seconds since 1970.
  public var takenAt: Double
  /// When the coordinator started, in seconds since 1970.
  public var startedAt: Double
  /// The address that workers and clients connect to.
  public var address: String
  /// Whether the coordinator was told to stop.
  public var isLeaving: Bool
  /// The queue as a whole.
  public var queue: QueueStatus
  /// Jobs that no study wants any more.
  public var cancelled: Int
  /// The studies, oldest first.
  public var studies: [StudyStatus]
  /// Studies that ended long ago and are left out.
  public var studiesLeftOut: Int
  /// The workers.
  public var workers: [WorkerStatus]
  /// The losses of running attempts.
  public var losses: [AttemptID: LossCurve]
  /// Jobs that are set aside, the newest first; at most 50.
  public var failures: [StudyFailure]
  /// Attempts that ended since the coordinator started, the newest first; at most 64.
  public var ends: [EndedAttempt]
  /// What is counted.
  public var counters: QueueCounters
}

/// A job that was set aside, and a study that wants it.
public struct StudyFailure: Hashable, Sendable, Codable {
  /// The first study that wants it.
  public var study: StudyID
  /// The job, with its story.
  public var member: FailedJobStatus
}

/// An attempt that ended.
public struct EndedAttempt: Hashable, Sendable, Codable {
  /// The first study that wants its job.
  public var study: StudyID?
  /// Its job.
  public var job: JobID
  /// How it went.
  public var attempt: AttemptStatus
}

/// Numbers that only grow, since the coordinator started.
public struct QueueCounters: Hashable, Sendable {
  /// Steps that were made, also those that were lost.
  public var stepsMade = 0
  /// Attempts that were given to workers.
  public var attemptsStarted = 0
  /// Attempts that ended; kinds that never came may be absent.
  public var attemptsEnded: [AttemptEnd.Kind: Int] = [:]
  /// Messages that were dropped since they could not be understood, were not allowed or came too fast.
  public var messagesDropped = 0
  /// Connections that were refused since their key is unknown or revoked, or since they had none.
  public var connectionsRefused = 0
  /// The journal's commits.
  public var commits = DurationHistogram()

  /// Zeros.
  public init() {}
}
