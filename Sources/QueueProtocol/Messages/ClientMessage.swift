import Digests

/// A request of a client, with the number under which the reply comes.
package struct ClientCall: Hashable, Sendable {
  /// Chosen by the client.
  package var request: Int
  /// What it asks.
  package var message: ClientMessage

  /// A request.
  package init(request: Int, _ message: ClientMessage) { (self.request, self.message) = (request, message) }
}

/// What a client says to the coordinator. Each may be said again until its reply has come.
package enum ClientMessage: Hashable, Sendable {
  /// Adds a study or the next part of it. Reply: `submitted`.
  case submit(Submission)
  /// How far the study is, or all studies from place `from` on; and so many of the attempts that ended last. Reply:
  /// `status`.
  case status(StudyID?, from: Int, ends: Int = 0)
  /// The stories of the study's failed jobs, from its place `from` on. Reply: `failures`.
  case failures(StudyID, from: Int)
  /// How the study's jobs ended, from its place `from` on, `count` at most. Reply: `results`.
  case results(StudyID, from: Int, count: Int)
  /// What was submitted as the study's description. Reply: `description`.
  case description(StudyID)
  /// Takes the study's open jobs out of the queue. Reply: `done`.
  case cancel(StudyID)
  /// Queues the study's failed jobs again. Reply: `done`.
  case retry(StudyID)
  /// The workers from place `from` on. Reply: `workers`.
  case workers(from: Int)
  /// Which of these blobs the coordinator does not have. Reply: `lacking`.
  case lacking([SHA256Digest])
  /// The bytes of a blob from `offset` on. Reply: `uploaded`.
  case upload(SHA256Digest, offset: Int, totalBytes: Int, bytes: [UInt8])

  package var changesTheQueue: Bool {
    switch self {
    case .submit, .cancel, .retry: true
    case .status, .failures, .results, .description, .workers, .lacking, .upload: false
    }
  }
}

/// The coordinator's reply to the request of this number.
package struct ClientAnswer: Hashable, Sendable {
  /// The request's number.
  package var request: Int
  /// The reply.
  package var reply: ClientReply

  /// A reply.
  package init(request: Int, _ reply: ClientReply) { (self.request, self.reply) = (request, reply) }
}

/// What the coordinator says to a client. `next` is where the next page begins; `nil` if there is none.
package enum ClientReply: Hashable, Sendable {
  /// The coordinator has so many of the study's jobs, of which so many are finished.
  case submitted(StudyID, received: Int, finished: Int)
  /// Studies, the queue as a whole, and the attempts that ended last if they were asked for, the newest first.
  case status([StudyStatus], next: Int?, QueueStatus, ends: [EndedAttempt] = [])
  /// Failed jobs.
  case failures([FailedJobStatus], next: Int?)
  /// How jobs ended.
  case results([JobOutcome], next: Int?)
  /// What was submitted as the study's description.
  case description(StudyID, bytes: [UInt8])
  /// It is done, and concerned so many jobs.
  case done(StudyID, jobs: Int)
  /// Workers.
  case workers([WorkerStatus], next: Int?)
  /// These blobs are not there.
  case lacking([SHA256Digest])
  /// So many bytes of the blob are there from its start; all are stored and have the digest if `isStored`.
  case uploaded(SHA256Digest, received: Int, isStored: Bool)
  /// The request cannot be met.
  case problem(QueueProblem)
}
