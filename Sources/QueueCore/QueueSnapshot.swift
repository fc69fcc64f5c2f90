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
  /// The counted quantity.
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
  /// The job, with its history.
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

/// The losses that a running attempt has told, thinned so that they fit into a small picture.
package struct LossCurve: Hashable, Sendable {
  /// One loss.
  package struct Point: Hashable, Sendable {
    /// The steps done.
    package var step: Int
    /// The loss after them; finite.
    package var loss: Double
  }

  /// The greatest number of points.
  package static let capacity = 96

  /// In the order of their steps, the newest last.
  package private(set) var points: [Point] = []
  /// The newest point is replaced until it is so many steps after the one before.
  private var spacing = 0

  /// No losses yet.
  package init() {}

  /// Adds a loss; one that is not finite is left out. O(1) but for each time that half of the points are dropped.
  package mutating func add(step: Int, loss: Double) {
    guard loss.isFinite else { return }
    while let last = points.last, last.step >= step { points.removeLast() }
    if points.count >= 2, points[points.count - 1].step - points[points.count - 2].step < spacing {
      points.removeLast()
    }
    points.append(Point(step: step, loss: loss))
    guard points.count > Self.capacity else { return }
    points = points.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
    spacing = max(1, (points[points.count - 1].step - points[0].step) / (points.count - 1))
  }
}

/// How often something took how long.
package struct DurationHistogram: Hashable, Sendable {
  /// Upper bounds of the classes in seconds; a last class has what takes longer.
  package static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

  /// The number of durations in each class: at most its bound, but more than the one before.
  package private(set) var counts = [Int](repeating: 0, count: bounds.count + 1)
  /// The sum of all durations in seconds.
  package private(set) var sum = 0.0

  /// Nothing yet.
  package init() {}

  /// The number of durations.
  package var count: Int { counts.reduce(0, +) }

  /// Adds one. O(1).
  package mutating func add(_ duration: Duration) {
    let seconds = duration.seconds
    sum += seconds
    counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
  }
}
