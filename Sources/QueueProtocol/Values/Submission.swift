import ErrorCategories

/// A study, or a part of a large one, for the queue.
package struct Submission: Hashable, Sendable {
  /// The greatest number of jobs of a study.
  package static let maximumJobs = 10_000_000
  /// The priorities that a study may have.
  package static let priorities = -1_000_000...1_000_000
  /// The longest name in bytes.
  package static let maximumNameBytes = 255

  /// The same for all parts.
  package var id: SubmissionID
  /// For people.
  package var name: String
  /// Studies of a higher priority are served first. Default: 0.
  package var priority: Int
  /// Whether jobs that an earlier study has finished are trained again. The earlier study keeps its results. Default: no.
  package var isFresh: Bool
  /// The jobs of all parts together.
  package var total: Int
  /// The place in the study of this part's first job, from 0.
  package var first: Int
  /// Whatever who submits wants to keep with the study; only the first part's is kept.
  package var description: [UInt8]
  /// The jobs of this part in their order.
  package var jobs: [NewJob]

  /// A study whose jobs are all in one part, unless told otherwise.
  package init(
    id: SubmissionID = .random(), name: String, priority: Int = 0, isFresh: Bool = false, total: Int? = nil,
    first: Int = 0, description: [UInt8] = [], jobs: [NewJob]
  ) {
    (self.id, self.name, self.priority, self.isFresh) = (id, name, priority, isFresh)
    (self.total, self.first) = (total ?? first + jobs.count, first)
    (self.description, self.jobs) = (description, jobs)
  }
}

/// A request of a client that cannot be met.
package struct QueueError: CategorizedError, Hashable, Sendable {
  /// The kind of problem, for programs.
  package enum Code: String, Hashable, Sendable, Codable {
    /// The coordinator doesn't know the study.
    case unknownStudy
    /// The study was cancelled.
    case cancelled
    /// Part of a submission that does not fit what came before.
    case badSubmission
    /// The coordinator cannot write its journal or data now; it can be tried again.
    case storage
    /// The coordinator stops.
    case stopping
    /// The connection has no right to ask this.
    case notAllowed
    /// A blob that does not have its digest, or is too large.
    case badBlob
    /// The coordinator has no blob with this digest.
    case unknownBlob
    /// The request does not make sense.
    case badRequest
  }

  /// The kind.
  package var code: Code
  /// The problem in words.
  package var description: String

  /// How a command ends that the coordinator refused.
  package var category: ErrorCategory {
    switch code {
    case .unknownStudy: .unknownStudy
    case .cancelled: .cancelled
    case .storage, .stopping: .unavailable
    case .notAllowed, .badBlob, .unknownBlob, .badSubmission, .badRequest: .failed
    }
  }

  /// A problem of this kind.
  package init(_ code: Code, _ description: String) { (self.code, self.description) = (code, description) }
}

/// A job to add.
package struct NewJob: Hashable, Sendable {
  /// The digest of the payload.
  package let id: JobID
  /// The bytes that the worker's runner gets.
  package let payload: [UInt8]

  /// A job with this payload. O(bytes).
  package init(payload: [UInt8]) {
    self.payload = payload
    id = JobID(ofPayload: payload)
  }
}
