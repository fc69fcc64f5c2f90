import Digests
import QueueProtocol

/// The core's record of a job. Payloads, checkpoints and results are in the journal alone.
struct JobEntry: Sendable {
  enum State: Hashable, Sendable {
    case queued
    /// A worker's slot.
    case leased(Int)
    case finished(SHA256Digest)
    case failed
    /// No study wants it.
    case cancelled
  }

  let id: JobID
  var state = State.cancelled
  /// The steps of the checkpoint that the journal has; of a finished job, all its steps.
  var steps = 0
  /// The attempts of an open or failed job, oldest first; emptied when the job is finished.
  var attempts: [AttemptRecord] = []
  var memberships = Memberships()
  /// Attempts that counted as failures since the job was last tried anew.
  var failures: Int32 = 0
  var lossesTold: Int32 = 0
  /// Whether results of it are compared at the moment: `QueueCore.audits` has them.
  var isInAudit = false

  /// More ended attempts than these are forgotten, uncounted ones first; the journal has them all.
  static let attemptsKept = 64

  init(id: JobID) { self.id = id }

  var isOpen: Bool {
    switch state {
    case .queued, .leased: true
    case .finished, .failed, .cancelled: false
    }
  }

  var endedWithResult: Bool { if case .finished = state { true } else { false } }

  var stuckCount: Int { attempts.count { $0.end?.kind == .stuck } }

  func attemptIndex(_ id: AttemptID) -> Int? { attempts.lastIndex { $0.id == id } }

  mutating func trimAttempts() {
    guard attempts.count > Self.attemptsKept else { return }
    let oldest =
      attempts.firstIndex { $0.end?.kind.countsAsFailure == false } ?? attempts.firstIndex { $0.end != nil }
    if let oldest { attempts.remove(at: oldest) }
  }

  /// The history of the job, as far as it is remembered.
  var story: String {
    "job \(id), \(state)" + attempts.map { "\n  \($0)" }.joined()
  }
}

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
