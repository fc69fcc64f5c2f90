/// Why an attempt ended.
package struct AttemptEnd: Hashable, Sendable {
  /// The kinds of end.
  package enum Kind: String, Sendable, CaseIterable, Codable {
    /// The job has its result.
    case finished
    /// The worker gave the job back, with or without a checkpoint.
    case handedBack
    /// The worker left, or its process was ended from outside.
    case workerGone
    /// The worker was not heard for `QueueSettings.silenceLimit`.
    case silent
    /// The worker made no step for `QueueSettings.stallLimit`.
    case stuck
    /// Another attempt of the job brought the result first.
    case superseded
    /// No study wants the job any more.
    case cancelled
    /// The worker's result of another job lost against those of two other workers.
    case distrusted
    /// The coordinator died while the attempt ran.
    case coordinatorRestarted
    /// The coordinator was told to stop and the worker did not hand back in time.
    case coordinatorStopped
    /// The worker process crashed while it ran the job.
    case crash
    /// The kernel killed the worker process for lack of memory while it ran the job.
    case outOfMemory
    /// The loss became infinite or not a number.
    case nonFiniteLoss
    /// The worker cannot read the job, or its payload does not match its identity.
    case invalidJob
    /// The result's bytes do not match the digest sent with them.
    case digestMismatch
    /// Any other error of the job's own.
    case other

    /// Whether the end is the job's own fault; loss of infrastructure never is.
    package var countsAsFailure: Bool {
      switch self {
      case .crash, .outOfMemory, .nonFiniteLoss, .invalidJob, .digestMismatch, .other: true
      case .finished, .handedBack, .workerGone, .silent, .stuck, .superseded, .cancelled, .distrusted,
        .coordinatorRestarted, .coordinatorStopped:
        false
      }
    }

    /// Whether another attempt would end the same way. A job's bits depend on the job alone, so a loss that
    /// became non-finite, or a job that cannot be read, will be so again: the job is set aside immediately.
    package var isDeterministic: Bool { self == .nonFiniteLoss || self == .invalidJob }
  }

  /// The kind of end.
  package var kind: Kind
  /// An explanation for users; may be empty. No program depends on its wording.
  package var message: String
  /// The runner's own record of a failure; only the runner's program knows its format. May be empty.
  package var details: [UInt8]

  /// An end of this kind.
  package init(_ kind: Kind, _ message: String = "", details: [UInt8] = []) {
    (self.kind, self.message, self.details) = (kind, message, details)
  }

  /// The end of an attempt that failed by its job's own fault.
  package init(_ failure: JobFailure) {
    self.init(failure.kind.endKind, failure.message, details: failure.details)
  }
}

/// One attempt: a line of a job's history.
package struct AttemptRecord: Hashable, Sendable {
  /// The attempt.
  package let id: AttemptID
  /// The worker that it was given to.
  package let worker: WorkerID
  /// The worker's host.
  package let host: String
  /// When it was given to the worker.
  package let started: Instant
  /// When it ended; `nil` while it runs.
  package var ended: Instant?
  /// Why it ended; `nil` while it runs.
  package var end: AttemptEnd?

  /// An attempt as it was stored.
  package init(
    id: AttemptID, worker: WorkerID, host: String, started: Instant, ended: Instant? = nil,
    end: AttemptEnd? = nil
  ) {
    (self.id, self.worker, self.host) = (id, worker, host)
    (self.started, self.ended, self.end) = (started, ended, end)
  }
}

extension AttemptRecord: CustomStringConvertible {
  /// One line of text.
  package var description: String {
    let head = "attempt \(id) by worker \(worker) on \(host)"
    guard let end, let ended else { return head + ": running" }
    let after = "after \((ended - started).seconds.rounded(toPlaces: 1)) s"
    return head + ": \(end.kind.rawValue) \(after)" + (end.message.isEmpty ? "" : ": \(end.message)")
  }
}

extension Double {
  fileprivate func rounded(toPlaces places: Int) -> Double {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    return (self * scale).rounded() / scale
  }
}
