/// Does the work of jobs; the one place where the queue meets what the jobs are about.
public protocol JobRunner: Sendable {
  /// Runs one job on the training thread (its stack has 8 MiB).
  ///
  /// - Returns: The result. Its bytes must depend on `job.payload` alone, whatever checkpoint it began from. The step
  ///   last reported is kept with it as the steps of the job.
  /// - Throws: `JobInterrupted` soon after `context.shouldStop` becomes true; `JobFailure` for a failure of a known
  ///   kind; anything else counts as a failure of kind `.other`.
  func run(_ job: JobInput, context: JobContext) throws -> [UInt8]
}

/// A job as a runner gets it.
public struct JobInput: Sendable {
  /// What was submitted.
  public let payload: [UInt8]
  /// The state from which to carry on, as a runner offered it; `nil` to begin at the start.
  public let checkpoint: [UInt8]?

  /// A job to begin or carry on.
  public init(payload: [UInt8], checkpoint: [UInt8]? = nil) {
    (self.payload, self.checkpoint) = (payload, checkpoint)
  }
}

/// A job that cannot be done.
public struct JobFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind; `.nonFiniteLoss` and `.invalidJob` would come again, so the job is set aside at once.
  public var kind: WorkerMessage.FailureKind
  /// What was wrong, for people.
  public var message: String

  /// A failure of this kind.
  public init(_ kind: WorkerMessage.FailureKind, _ message: String) {
    (self.kind, self.message) = (kind, message)
  }

  /// The message.
  public var description: String { message }
}

/// A job that stopped because it was asked to.
public struct JobInterrupted: Error, Sendable {
  /// The state after `step` steps, if there is one worth keeping.
  public var checkpoint: [UInt8]?
  /// The steps done.
  public var step: Int

  /// Stopped with the state after `step` steps, or without one.
  public init(checkpoint: [UInt8]? = nil, step: Int = 0) {
    (self.checkpoint, self.step) = (checkpoint, step)
  }
}
