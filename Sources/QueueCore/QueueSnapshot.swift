import QueueProtocol

/// The queue at one moment, for whoever shows it.
package struct QueueSnapshot: Sendable {
  /// The studies of a snapshot: those that have not ended come before the newest of the others.
  package static let maximumStudies = 1_000
  /// The workers of a snapshot.
  package static let maximumWorkers = 5_000

  /// When it was taken, in seconds since 1970.
  package var takenAt: Double
  /// When the coordinator started, in seconds since 1970.
  package var startedAt: Double
  /// The address that workers and clients connect to.
  package var address: String
  /// Whether the coordinator was told to stop.
  package var isLeaving: Bool
  /// The queue as a whole.
  package var queue: QueueStatus
  /// Jobs that no study wants any more.
  package var cancelled: Int
  /// The studies, oldest first.
  package var studies: [StudyStatus]
  /// Studies that ended long ago and are left out.
  package var studiesLeftOut: Int
  /// The workers.
  package var workers: [WorkerStatus]
  /// The losses of running attempts.
  package var losses: [AttemptID: LossCurve]
  /// Jobs that are set aside, the newest first; at most 50.
  package var failures: [StudyFailure]
  /// Attempts that ended since the coordinator started, the newest first; at most 64.
  package var ends: [EndedAttempt]
  /// What is counted.
  package var counters: QueueCounters

  /// All that is known.
  package init(
    takenAt: Double, startedAt: Double, address: String, isLeaving: Bool, queue: QueueStatus, cancelled: Int,
    studies: [StudyStatus], studiesLeftOut: Int, workers: [WorkerStatus], losses: [AttemptID: LossCurve],
    failures: [StudyFailure], ends: [EndedAttempt], counters: QueueCounters
  ) {
    self.takenAt = takenAt
    self.startedAt = startedAt
    self.address = address
    self.isLeaving = isLeaving
    self.queue = queue
    self.cancelled = cancelled
    self.studies = studies
    self.studiesLeftOut = studiesLeftOut
    self.workers = workers
    self.losses = losses
    self.failures = failures
    self.ends = ends
    self.counters = counters
  }
}

/// A job that was set aside, and a study that wants it.
package struct StudyFailure: Hashable, Sendable, Codable {
  /// The first study that wants it.
  package var study: StudyID
  /// The job, with its story.
  package var member: FailedJobStatus
}

/// Numbers that only grow, since the coordinator started.
package struct QueueCounters: Hashable, Sendable {
  /// Steps that were made, also those that were lost.
  package var stepsMade = 0
  /// Attempts that were given to workers.
  package var attemptsStarted = 0
  /// Attempts that ended; kinds that never came may be absent.
  package var attemptsEnded: [AttemptEnd.Kind: Int] = [:]
  /// Messages that were dropped since they could not be understood, were not allowed or came too fast.
  package var messagesDropped = 0
  /// Connections that were refused since their key is unknown or revoked, or since they had none.
  package var connectionsRefused = 0
  /// The journal's commits.
  package var commits = DurationHistogram()

  /// Zeros.
  package init() {}
}
