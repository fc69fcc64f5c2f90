import Digests

/// The questions as functions. Each throws what `ask` throws.
extension QueueClient {
  /// Submits a study in parts that fit into messages. It may be called again with the same `new.id` after an error.
  ///
  /// - Returns: The study, and how many of its jobs an earlier study had finished.
  package func submit(_ new: Submission) throws -> (study: StudyID, finished: Int) {
    var first = 0
    while true {
      var part = new
      (part.first, part.total) = (first, new.jobs.count)
      part.jobs = Self.part(of: new.jobs, from: first)
      if first > 0 { part.description = [] }
      guard case .submitted(let study, let received, let finished) = try ask(.submit(part)) else {
        throw QueueClientError.unexpectedAnswer
      }
      if received >= new.jobs.count { return (study, finished) }
      first = received
    }
  }

  /// How far a study is, and the queue.
  package func status(of study: StudyID) throws -> (study: StudyStatus, queue: QueueStatus) {
    guard case .status(let studies, _, let queue, _) = try ask(.status(study, from: 0)),
      let status = studies.first
    else { throw QueueClientError.unexpectedAnswer }
    return (status, queue)
  }

  /// How far all studies are, and the queue.
  package func statuses() throws -> (studies: [StudyStatus], queue: QueueStatus) {
    let (studies, queue, _) = try statuses(ends: 0)
    return (studies, queue)
  }

  /// How far all studies are, the queue, and so many of the attempts that ended last, the newest first; of those the
  /// coordinator knows 64 at most, and one of an earlier version none.
  package func statuses(ends count: Int) throws -> (
    studies: [StudyStatus], queue: QueueStatus, ends: [EndedAttempt]
  ) {
    var all: [StudyStatus] = []
    while true {
      let question = ClientMessage.status(nil, from: all.count, ends: count)
      guard case .status(let page, let next, let queue, let ends) = try ask(question) else {
        throw QueueClientError.unexpectedAnswer
      }
      all += page
      guard next != nil, !page.isEmpty else { return (all, queue, ends) }
    }
  }

  /// The stories of the study's failed jobs, in pages that `body` gets one after another.
  package func failures(of study: StudyID, _ body: ([FailedJobStatus]) throws -> Void) throws {
    var from: Int? = 0
    while let place = from {
      guard case .failures(let jobs, let next) = try ask(.failures(study, from: place)) else {
        throw QueueClientError.unexpectedAnswer
      }
      try body(jobs)
      from = next
    }
  }

  /// How the study's jobs from place `first` on ended: one page.
  package func results(of study: StudyID, from first: Int) throws -> (jobs: [JobOutcome], next: Int?) {
    let question = ClientMessage.results(study, from: first, count: Wire.maximumPage)
    guard case .results(let jobs, let next) = try ask(question) else {
      throw QueueClientError.unexpectedAnswer
    }
    return (jobs, next)
  }

  /// What was submitted as the study's description.
  package func description(of study: StudyID) throws -> [UInt8] {
    guard case .description(_, let bytes) = try ask(.description(study)) else {
      throw QueueClientError.unexpectedAnswer
    }
    return bytes
  }

  /// Takes the study's open jobs out of the queue, and tells how many those were.
  package func cancel(_ study: StudyID) throws -> Int { try done(.cancel(study)) }

  /// Queues the study's failed jobs again, and tells how many those are.
  package func retry(_ study: StudyID) throws -> Int { try done(.retry(study)) }

  /// All workers.
  package func workers() throws -> [WorkerStatus] {
    var all: [WorkerStatus] = []
    while true {
      guard case .workers(let page, let next) = try ask(.workers(from: all.count)) else {
        throw QueueClientError.unexpectedAnswer
      }
      all += page
      guard next != nil, !page.isEmpty else { return all }
    }
  }

  /// Sends a blob, unless the coordinator has it.
  package func upload(_ bytes: [UInt8]) throws {
    let digest = SHA256Digest.of(bytes)
    guard case .lacking(let lacking) = try ask(.lacking([digest])) else {
      throw QueueClientError.unexpectedAnswer
    }
    if lacking.isEmpty { return }
    var (offset, stuck) = (0, 0)
    while true {
      let chunk = Array(bytes[offset..<min(offset + Wire.chunkBytes, bytes.count)])
      let question = ClientMessage.upload(digest, offset: offset, totalBytes: bytes.count, bytes: chunk)
      guard case .uploaded(_, let received, let isStored) = try ask(question) else {
        throw QueueClientError.unexpectedAnswer
      }
      if isStored { return }
      stuck = received > offset ? 0 : stuck + 1
      guard stuck < 100, (0..<bytes.count).contains(received) else {
        throw QueueClientError.uploadStuck(digest)
      }
      offset = received
    }
  }

  private func done(_ message: ClientMessage) throws -> Int {
    guard case .done(_, let jobs) = try ask(message) else { throw QueueClientError.unexpectedAnswer }
    return jobs
  }

  /// As many jobs as fit into one message, but one at least.
  private static func part(of jobs: [NewJob], from first: Int) -> [NewJob] {
    var (end, bytes) = (first, 0)
    while end < jobs.count, end - first < Wire.maximumSubmissionJobs {
      bytes += 4 + jobs[end].payload.count
      if bytes > Wire.maximumSubmissionBytes, end > first { break }
      end += 1
    }
    return Array(jobs[first..<end])
  }
}

extension QueueProgress {
  /// How far a study is, for a progress bar.
  package init(_ study: StudyStatus, workers: Int) {
    (queued, running) = (study.queued + study.total - study.received, study.running)
    (finished, failed, cancelled) = (study.finished, study.failed, study.cancelled)
    (self.workers, steps, stepsPerSecond) = (workers, study.steps, study.stepsPerSecond)
  }
}
