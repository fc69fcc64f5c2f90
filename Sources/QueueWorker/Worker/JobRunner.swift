import QueueProtocol

/// Does the work of jobs; the one place where the queue meets what the jobs are about.
package protocol JobRunner: Sendable {
  /// Runs one job on the training thread (its stack has 8 MiB).
  ///
  /// - Returns: The result. Its bytes must depend on `job.payload` alone, whatever checkpoint it began from. The step
  ///   last reported is kept with it as the steps of the job.
  /// - Throws: `JobInterrupted` soon after `context.shouldStop` becomes true; `JobFailure` for a failure of a known
  ///   kind; anything else counts as a failure of kind `.other`.
  func run(_ job: JobInput, context: JobContext) throws -> [UInt8]
}

/// A job as a runner gets it.
package struct JobInput: Sendable {
  /// The payload as submitted.
  package let payload: [UInt8]
  /// The state from which to carry on, as a runner offered it; `nil` to begin at the start.
  package let checkpoint: [UInt8]?

  /// A job to begin or carry on.
  package init(payload: [UInt8], checkpoint: [UInt8]? = nil) {
    (self.payload, self.checkpoint) = (payload, checkpoint)
  }
}

/// An error of a job that this host can't do and another may: the worker hands the job back and leaves.
package protocol HostShortcoming: Error, CustomStringConvertible {}

/// A job that stopped because it was asked to.
package struct JobInterrupted: Error, Sendable {
  /// The state after `step` steps, if there is one worth keeping.
  package var checkpoint: [UInt8]?
  /// The steps done.
  package var step: Int

  /// Stopped with the state after `step` steps, or without one.
  package init(checkpoint: [UInt8]? = nil, step: Int = 0) {
    (self.checkpoint, self.step) = (checkpoint, step)
  }
}
