/// The queue and its studies, as `potline status --json` prints and the status page's `/api/studies` sends them.
public struct StudiesDocument: Hashable, Sendable, Encodable {
  /// The queue as a whole.
  public let queue: QueueStatus
  /// The studies, oldest first.
  public let studies: [StudyStatus]

  /// A document of what a client or a snapshot saw.
  public init(queue: QueueStatus, studies: [StudyStatus]) { (self.queue, self.studies) = (queue, studies) }
}

/// One study, as `potline status ID --json` prints and the status page's `/api/studies/ID` sends it.
public struct StudyDocument: Hashable, Sendable, Encodable {
  /// The queue as a whole.
  public let queue: QueueStatus
  /// The study.
  public let study: StudyStatus
  /// Its jobs that were set aside, with their stories, in their order; from a snapshot those that it has
  /// (`QueueSnapshot.failures`).
  public let failures: [FailedJobStatus]

  /// A document of what a client or a snapshot saw.
  public init(queue: QueueStatus, study: StudyStatus, failures: [FailedJobStatus]) {
    (self.queue, self.study, self.failures) = (queue, study, failures)
  }
}
