import Digests
import QueueProtocol

/// A job as the journal has it, for a core that starts.
package struct StoredJob: Hashable, Sendable {
  /// The states that are stored; an open job is queued again.
  package enum State: Hashable, Sendable {
    /// Not done yet.
    case open
    /// Done; the digest of its result.
    case finished(SHA256Digest)
    /// Set aside.
    case failed
    /// No study wants it.
    case cancelled
  }

  /// The job.
  package var id: JobID
  /// Its state.
  package var state: State
  /// The steps of its checkpoint, or of the finished job.
  package var steps: Int
  /// Why it was set aside, if it was.
  package var reason: String?
  /// Its attempts if it is not finished, oldest first, all ended.
  package var attempts: [AttemptRecord] = []
  /// The number that the next attempt of any job had when the job was added.
  package var firstAttempt = 0
  /// Failures up to this attempt no longer count, as the job was tried anew after them; 0 if it was not.
  package var forgivenUpTo = 0
  /// The results of an audit that has not ended.
  package var candidates: [AuditCandidate] = []

  /// A stored job.
  package init(id: JobID, state: State, steps: Int, attempts: [AttemptRecord] = []) {
    (self.id, self.state, self.steps, self.attempts) = (id, state, steps, attempts)
  }
}
