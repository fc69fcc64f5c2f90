import Digests

/// What the shell does for the core. It first commits all `store` of a batch of events, then does the others in order.
public enum Effect: Hashable, Sendable {
  /// Write this into the journal.
  case store(JournalRecord)
  /// Say this to a connection.
  case send(to: PeerID, CoordinatorMessage)
  /// Say `assign` with the payload, and checkpoint if there is one, that the journal has.
  case assign(to: PeerID, AttemptReference)
  /// Say `chunk` with the bytes of the blob from `offset` on, or `missing`.
  case sendChunk(to: PeerID, SHA256Digest, offset: Int)
  /// A worker that has not been heard is given up; if its process is this host's own it can be ended.
  case gaveUp(WorkerID)
  /// Tell people.
  case note(Note)
  /// Every job has its result or is set aside and all workers have left, or the queue has stopped as requested.
  /// Said once.
  case finished
}

/// A line for people.
public struct Note: Hashable, Sendable {
  /// How much it matters.
  public enum Level: Sendable {
    case info, warning, error
  }

  /// How much it matters.
  public var level: Level
  /// The line.
  public var text: String

  /// A line of this level.
  public init(_ level: Level, _ text: String) { (self.level, self.text) = (level, text) }
}

/// What the journal keeps.
public enum JournalRecord: Hashable, Sendable {
  /// A job was added; positions are those of the submission, from 0.
  case jobAdded(NewJob, position: Int)
  /// An attempt was given to a worker.
  case attemptStarted(AttemptRecord, job: JobID)
  /// An attempt that was given up goes on after all.
  case attemptResumed(AttemptReference)
  /// An attempt ended.
  case attemptEnded(AttemptReference, AttemptEnd, at: Instant)
  /// The job's last checkpoint, in place of the one before.
  case checkpoint(AttemptReference, Checkpoint, at: Instant)
  /// The job is finished: its result. Its checkpoint is no longer needed.
  case result(AttemptReference, JobResult, at: Instant)
  /// The job is set aside as failed, for this reason. Its checkpoint is no longer needed.
  case jobFailed(JobID, reason: String, at: Instant)
}
