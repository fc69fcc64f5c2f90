/// How far the queue has come, for a progress bar.
package struct QueueProgress: Hashable, Sendable {
  /// Jobs that wait for a worker.
  package var queued = 0
  /// Jobs in a worker's hands.
  package var running = 0
  /// Jobs with a result.
  package var finished = 0
  /// Jobs that were set aside.
  package var failed = 0
  /// Jobs that no study wants any more.
  package var cancelled = 0
  /// Results that a second worker confirmed, since the coordinator started.
  package var auditsPassed = 0
  /// Jobs of which two workers brought different results, since the coordinator started.
  package var auditsDisputed = 0
  /// Results that no second worker was there to confirm, since the coordinator started.
  package var auditsSkipped = 0
  /// Workers that are registered.
  package var workers = 0
  /// Steps that stand: of finished jobs, of running ones, and of the checkpoints of queued ones. Can fall when
  /// a worker is lost.
  package var steps = 0
  /// Steps made since the coordinator started, including steps lost with their workers. Never falls.
  package var stepsMade = 0
  /// `stepsMade` per second over the last seconds; 0 until it is known.
  package var stepsPerSecond = 0.0

  /// Zeros.
  package init() {}

  /// All jobs.
  package var jobs: Int { queued + running + finished + failed + cancelled }
}
