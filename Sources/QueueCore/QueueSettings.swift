/// The times and limits by which the coordinator judges its workers.
package struct QueueSettings: Sendable, Equatable {
  /// How often a worker shows that it is alive. Default: 1 s.
  package var heartbeatInterval: Duration = .seconds(1)
  /// A worker that has not been heard for so long is given up and its job leased again. Default: 10 s.
  package var silenceLimit: Duration = .seconds(10)
  /// A worker that is alive but whose job has reported nothing for so long is told to stop and its job leased again.
  /// It doubles with each attempt of the job that ended so, in case a single step takes longer. Default: 120 s.
  package var stallLimit: Duration = .seconds(120)
  /// A worker that is alive but does not report the attempt it was given is given it once more after so
  /// long. Default: 5 s.
  package var assignmentRepeat: Duration = .seconds(5)
  /// A job is set aside after so many attempts that ended by the job's own fault. Default: 3.
  package var failureLimit = 3
  /// When the coordinator stops, workers have so long to hand their jobs back. Default: 5 s.
  package var leaveLimit: Duration = .seconds(5)

  /// Whether the queue waits for more when all jobs have ended, until it is told to stop. Default: it ends.
  package var keepsServing = false
  /// The share of jobs, from 0 to 1, that a second worker trains too, so that their results can be compared; which
  /// jobs those are follows from their digests. Default: none.
  package var auditFraction = 0.0
  /// A result is taken without a second worker's when for so long there was none that could train it. Default: 60 s.
  package var auditPatience: Duration = .seconds(60)

  /// The defaults.
  package init() {}
}
