/// The queue and its studies, as `potline status --json` prints and the status page's `/api/studies` sends them.
package struct StudiesDocument: Hashable, Sendable, Encodable {
  /// The queue as a whole.
  package let queue: QueueStatus
  /// The studies, oldest first.
  package let studies: [StudyStatus]

  /// A document of what a client or a snapshot saw.
  package init(queue: QueueStatus, studies: [StudyStatus]) { (self.queue, self.studies) = (queue, studies) }
}

/// One study, as `potline status ID --json` prints and the status page's `/api/studies/ID` sends it.
package struct StudyDocument: Hashable, Sendable, Encodable {
  /// The queue as a whole.
  package let queue: QueueStatus
  /// The study.
  package let study: StudyStatus
  /// Its jobs that were set aside, with their stories, in their order; from a snapshot those that it has
  /// (`QueueSnapshot.failures`).
  package let failures: [FailedJobStatus]

  /// A document of what a client or a snapshot saw.
  package init(queue: QueueStatus, study: StudyStatus, failures: [FailedJobStatus]) {
    (self.queue, self.study, self.failures) = (queue, study, failures)
  }
}
