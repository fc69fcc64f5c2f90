import Digests

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

/// What the journal means, in a few lines and without a disk: the simulation commits here, and a test holds the real
/// journal to it.
struct ModelJournal {
  struct Job {
    var stored: StoredJob
    let payload: [UInt8]
    var attempts: [AttemptRecord] = []
    var checkpoint: Checkpoint?
    var result: JobResult?
    var reason: String?
  }

  /// A record that contradicts those before it.
  struct Contradiction: Error, CustomStringConvertible {
    let description: String
  }

  private(set) var jobs: [Job] = []
  private(set) var studies: [StoredStudy] = []
  private(set) var distrusted: [WorkerID] = []
  private(set) var positionOfAttempt: [AttemptID: Int] = [:]

  mutating func commit(_ records: [JournalRecord]) throws {
    for record in records { try write(record) }
  }

  /// As `Journal.load`.
  mutating func load(at now: Instant) -> StoredQueue {
    var queue = StoredQueue()
    for index in jobs.indices {
      for place in jobs[index].attempts.indices where jobs[index].attempts[place].end == nil {
        jobs[index].attempts[place].end = AttemptEnd(.coordinatorRestarted)
        jobs[index].attempts[place].ended = now
      }
      var stored = jobs[index].stored
      if stored.state == .open { stored.steps = jobs[index].checkpoint?.step ?? 0 }
      stored.reason = stored.state == .failed ? jobs[index].reason : nil
      if case .finished = stored.state {
      } else {
        stored.attempts = jobs[index].attempts.sorted { $0.id < $1.id }
      }
      queue.jobs.append(stored)
    }
    queue.studies = studies
    queue.nextAttempt = (positionOfAttempt.keys.max()?.number ?? 0) + 1
    queue.distrusted = distrusted.sorted { $0.hex < $1.hex }
    return queue
  }

  private mutating func write(_ record: JournalRecord) throws {
    switch record {
    case .studyAdded(let study, _): studies.append(study)
    case .jobAdded(let new, let position, let firstAttempt):
      guard position == jobs.count else { throw Contradiction(description: "a job at position \(position)") }
      var stored = StoredJob(id: new.id, state: .open, steps: 0)
      stored.firstAttempt = firstAttempt
      jobs.append(Job(stored: stored, payload: new.payload))
    case .jobsJoined(let study, let first, let positions):
      guard studies[study.number - 1].jobs.count == first else {
        throw Contradiction(description: "jobs of \(study) at \(first)")
      }
      studies[study.number - 1].jobs += positions.map(Int32.init)
    case .studyCancelled(let study, _): cancel(study.number - 1)
    case .jobReopened(let position, let forgiven):
      jobs[position].stored.state = .open
      jobs[position].stored.forgivenUpTo = forgiven
      jobs[position].reason = nil
    case .attemptStarted(let attempt, let position):
      guard positionOfAttempt.updateValue(position, forKey: attempt.id) == nil else {
        throw Contradiction(description: "attempt \(attempt.id) was used before")
      }
      jobs[position].attempts.append(attempt)
    case .attemptResumed(let reference): try change(reference) { ($0.end, $0.ended) = (nil, nil) }
    case .attemptEnded(let reference, let end, let instant):
      try change(reference) { ($0.end, $0.ended) = (end, instant) }
    case .checkpoint(let reference, let checkpoint, _): jobs[try position(reference)].checkpoint = checkpoint
    case .result(let reference, let result, _):
      let position = try keep(result, reference)
      finish(position, result)
    case .candidate(let reference, let result, let worker, _):
      let position = try keep(result, reference)
      jobs[position].checkpoint = nil
      jobs[position].stored.candidates = [
        AuditCandidate(
          attempt: reference.attempt, worker: worker, digest: result.digest, steps: result.steps)
      ]
    case .disputed(let candidate, let position):
      (jobs[position].result, jobs[position].checkpoint) = (nil, nil)
      jobs[position].stored.candidates.append(candidate)
    case .confirmed(let position, _):
      guard let result = jobs[position].result else { throw Contradiction(description: "nothing to confirm") }
      finish(position, result)
    case .workerDistrusted(let worker, _, _, _): distrusted.append(worker)
    case .jobFailed(let position, let reason, _):
      jobs[position].stored.state = .failed
      (jobs[position].stored.steps, jobs[position].stored.candidates) = (0, [])
      (jobs[position].checkpoint, jobs[position].result, jobs[position].reason) = (nil, nil, reason)
    }
  }

  private mutating func finish(_ position: Int, _ result: JobResult) {
    jobs[position].stored.state = .finished(result.digest)
    (jobs[position].stored.steps, jobs[position].stored.candidates) = (result.steps, [])
    jobs[position].checkpoint = nil
  }

  private mutating func cancel(_ study: Int) {
    studies[study].isCancelled = true
    for position in studies[study].jobs.map(Int.init) where jobs[position].stored.state == .open {
      let isWanted = studies.contains { !$0.isCancelled && $0.jobs.contains(Int32(position)) }
      if isWanted { continue }
      jobs[position].stored.state = .cancelled
      (jobs[position].stored.steps, jobs[position].stored.candidates) = (0, [])
      (jobs[position].checkpoint, jobs[position].result) = (nil, nil)
    }
  }

  /// At most one result a job.
  private mutating func keep(_ result: JobResult, _ reference: AttemptReference) throws -> Int {
    let position = try position(reference)
    guard jobs[position].result == nil, jobs[position].stored.state == .open else {
      throw Contradiction(description: "job \(reference.job) has a result already")
    }
    jobs[position].result = result
    return position
  }

  private func position(_ reference: AttemptReference) throws -> Int {
    guard let position = positionOfAttempt[reference.attempt], jobs[position].stored.id == reference.job
    else {
      throw Contradiction(description: "attempt \(reference.attempt) is not one of job \(reference.job)")
    }
    return position
  }

  private mutating func change(_ reference: AttemptReference, _ body: (inout AttemptRecord) -> Void) throws {
    let position = try position(reference)
    guard let place = jobs[position].attempts.lastIndex(where: { $0.id == reference.attempt }) else {
      throw Contradiction(description: "attempt \(reference.attempt) has gone")
    }
    body(&jobs[position].attempts[place])
  }
}
