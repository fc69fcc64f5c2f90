import Digests
import QueueProtocol

/// A task of the shell for the core. The shell first commits all `store` of a batch of events, then does the others in order.
package enum Effect: Hashable, Sendable {
  /// Write this into the journal.
  case store(JournalRecord)
  /// Say this to a connection.
  case send(to: PeerID, CoordinatorMessage)
  /// Say `assign` with the payload, and checkpoint if there is one, that the journal has.
  case assign(to: PeerID, AttemptReference, position: Int)
  /// Say this to a client.
  case reply(to: PeerID, ClientReply, request: Int)
  /// Answer a client's question that changes nothing, out of the queue's state and the journal.
  case answer(to: PeerID, ClientCall)
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

/// A record of the journal. Positions number the jobs from 0, in the order in which they were added.
package enum JournalRecord: Hashable, Sendable {
  /// A study was added; its jobs follow.
  case studyAdded(StoredStudy, description: [UInt8])
  /// A job was added.
  case jobAdded(NewJob, position: Int, firstAttempt: Int)
  /// Jobs stand in a study from its place `first` on.
  case jobsJoined(StudyID, first: Int, positions: [Int])
  /// A study was cancelled, and with it those open jobs that no other study wants.
  case studyCancelled(StudyID, at: Instant)
  /// A job that was set aside or cancelled is open again; failures up to this attempt no longer count.
  case jobReopened(position: Int, forgivenUpTo: Int)
  /// An attempt was given to a worker.
  case attemptStarted(AttemptRecord, position: Int)
  /// An attempt that was given up continues after all.
  case attemptResumed(AttemptReference)
  /// An attempt ended.
  case attemptEnded(AttemptReference, AttemptEnd, at: Instant)
  /// The job's last checkpoint, in place of the one before.
  case checkpoint(AttemptReference, Checkpoint, at: Instant)
  /// The job is finished: its result. Its checkpoint is no longer needed.
  case result(AttemptReference, JobResult, at: Instant)
  /// The job's first result, which another worker is to confirm. Its checkpoint is no longer needed.
  case candidate(AttemptReference, JobResult, WorkerID, at: Instant)
  /// A second result that is not the first; neither is taken.
  case disputed(AuditCandidate, position: Int)
  /// The job is finished with its first result.
  case confirmed(position: Int, at: Instant)
  /// The worker gets no more jobs.
  case workerDistrusted(WorkerID, host: String, reason: String, at: Instant)
  /// The job is set aside as failed, for this reason. Its checkpoint is no longer needed.
  case jobFailed(position: Int, reason: String, at: Instant)
}

/// All that a core needs to go on where another one was.
package struct StoredQueue: Hashable, Sendable {
  /// The jobs in the order of their positions.
  package var jobs: [StoredJob] = []
  /// The studies, oldest first.
  package var studies: [StoredStudy] = []
  /// The number of the next attempt: one more than the greatest ever used.
  package var nextAttempt = 1
  /// Workers that get no more jobs.
  package var distrusted: [WorkerID] = []

  /// An empty queue.
  package init() {}
}

/// A study as the journal has it.
package struct StoredStudy: Hashable, Sendable {
  /// The study.
  package var id: StudyID
  /// The submission that made it.
  package var submission: SubmissionID
  /// For people.
  package var name: String
  /// Its priority.
  package var priority: Int
  /// Whether it was submitted to train finished jobs again.
  package var isFresh: Bool
  /// The jobs that it will have when all have arrived.
  package var total: Int
  /// When its first part arrived.
  package var submitted: Instant
  /// Whether it was cancelled.
  package var isCancelled = false
  /// The positions of its jobs.
  package var jobs: [Int32] = []

  /// A study as it was stored.
  package init(
    id: StudyID, submission: SubmissionID, name: String, priority: Int, isFresh: Bool, total: Int,
    submitted: Instant, jobs: [Int32] = [], isCancelled: Bool = false
  ) {
    self.id = id
    self.submission = submission
    self.name = name
    self.priority = priority
    self.isFresh = isFresh
    self.total = total
    self.submitted = submitted
    self.jobs = jobs
    self.isCancelled = isCancelled
  }
}

/// An event of the queue.
package enum Event: Sendable {
  /// A connection said this.
  case message(from: PeerID, WorkerMessage)
  /// A study of this process, or a part of it, was added.
  case submitted(Submission)
  /// A client asks this.
  case client(from: PeerID, ClientCall)
  /// A worker process ended, as its supervisor knows at once.
  case processEnded(WorkerID, ProcessStatus)
  /// Time went on; expected several times within `QueueSettings.heartbeatInterval`.
  case tick
  /// The queue is to stop: no more jobs are given out, workers hand theirs back.
  case shutdownRequested
  /// The journal cannot be written for this reason; until it can, only `tick`s and messages come.
  case storageFailed(String)
  /// The journal has been written again.
  case storageRecovered
}
