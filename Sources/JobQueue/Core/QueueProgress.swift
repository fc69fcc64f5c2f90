/// How far the queue has come, for a progress bar.
package struct QueueProgress: Hashable, Sendable {
  /// Jobs that wait for a worker.
  package internal(set) var queued = 0
  /// Jobs in a worker's hands.
  package internal(set) var running = 0
  /// Jobs with a result.
  package internal(set) var finished = 0
  /// Jobs that were set aside.
  package internal(set) var failed = 0
  /// Jobs that no study wants any more.
  package internal(set) var cancelled = 0
  /// Results that a second worker confirmed, since the coordinator started.
  package internal(set) var auditsPassed = 0
  /// Jobs of which two workers brought different results, since the coordinator started.
  package internal(set) var auditsDisputed = 0
  /// Results that no second worker was there to confirm, since the coordinator started.
  package internal(set) var auditsSkipped = 0
  /// Workers that are registered.
  package internal(set) var workers = 0
  /// Steps that stand: of finished jobs, of running ones, and of the checkpoints of queued ones. Can fall when
  /// a worker is lost.
  package internal(set) var steps = 0
  /// Steps that were made since the coordinator started, also those that were lost. Never falls.
  package internal(set) var stepsMade = 0
  /// `stepsMade` per second over the last seconds; 0 until it is known.
  package internal(set) var stepsPerSecond = 0.0

  /// All jobs.
  package var jobs: Int { queued + running + finished + failed + cancelled }
}
