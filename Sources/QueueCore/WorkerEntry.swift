import QueueProtocol

/// What the core knows of a worker that is registered.
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
  var peer: PeerID
  var lastHeard: Instant
  var activity = Activity.idle
  /// It said that it takes no other job.
  var isRetiring = false
  /// What the attempt that it runs has told of its loss.
  var losses = LossCurve()

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
