/// What the core knows of a worker that is registered.
struct WorkerEntry: Sendable {
  enum Activity: Hashable, Sendable {
    case idle
    case running(Lease)
    /// It was told to stop this attempt and has not said that it did.
    case stopping(AttemptReference)
    /// It leaves; it gets no job.
    case leaving
  }

  let registration: Registration
  var peer: PeerID
  var lastHeard: Instant
  var activity = Activity.idle

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
}
