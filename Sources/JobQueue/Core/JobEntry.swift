import Digests

/// What the core remembers of a job. Payloads, checkpoints and results are in the journal alone.
struct JobEntry: Sendable {
  enum State: Hashable, Sendable {
    case queued
    /// A worker's slot.
    case leased(Int)
    case finished(SHA256Digest)
    case failed
  }

  let id: JobID
  var state = State.queued
  /// The steps of the checkpoint that the journal has; of a finished job, all its steps.
  var steps = 0
  /// The attempts of an open or failed job, oldest first; emptied when the job is finished.
  var attempts: [AttemptRecord] = []
  var lossesTold = 0

  /// More ended attempts than these are forgotten, uncounted ones first; the journal has them all.
  static let attemptsKept = 64

  var isOpen: Bool {
    switch state {
    case .queued, .leased: true
    case .finished, .failed: false
    }
  }

  var failureCount: Int { attempts.count { $0.end?.kind.countsAsFailure == true } }

  var stuckCount: Int { attempts.count { $0.end?.kind == .stuck } }

  func attemptIndex(_ id: AttemptID) -> Int? { attempts.lastIndex { $0.id == id } }

  mutating func trimAttempts() {
    guard attempts.count > Self.attemptsKept,
      let oldest = attempts.firstIndex(where: { $0.end?.kind.countsAsFailure == false })
    else { return }
    attempts.remove(at: oldest)
  }

  /// Every attempt that is remembered, for people.
  var story: String {
    "job \(id), \(state)" + attempts.map { "\n  \($0)" }.joined()
  }
}

/// A job as the journal has it, for a core that starts.
public struct StoredJob: Sendable {
  /// The states that are stored; an open job is queued again.
  public enum State: Hashable, Sendable {
    /// Not done yet.
    case open
    /// Done; the digest of its result.
    case finished(SHA256Digest)
    /// Set aside.
    case failed
  }

  /// The job.
  public var id: JobID
  /// Its state.
  public var state: State
  /// The steps of its checkpoint, or of the finished job.
  public var steps: Int
  /// Its attempts if it is not finished, oldest first, all ended.
  public var attempts: [AttemptRecord]

  /// A stored job.
  public init(id: JobID, state: State, steps: Int, attempts: [AttemptRecord]) {
    (self.id, self.state, self.steps, self.attempts) = (id, state, steps, attempts)
  }
}
