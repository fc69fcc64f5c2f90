import Digests
import Foundation
import GRDB
import QueueCore
import QueueProtocol

extension JournalRecord {
  /// Writes the record; the caller has opened a transaction.
  func write(to db: Database) throws {
    switch self {
    case .studyAdded, .jobAdded, .jobsJoined, .studyCancelled, .jobReopened: try writeStudy(to: db)
    case .candidate, .disputed, .confirmed, .workerDistrusted: try writeAudit(to: db)
    case .attemptStarted(let attempt, let position):
      try db.run(
        "INSERT INTO attempts (id, job, worker, host, started_at) VALUES (?, ?, ?, ?, ?)",
        [attempt.id.number, position, attempt.worker.hex, attempt.host, attempt.started.nanoseconds])
    case .attemptResumed(let reference):
      try db.run(
        "UPDATE attempts SET ended_at = NULL, end = NULL, message = NULL WHERE id = ?",
        [reference.attempt.number])
    case .attemptEnded(let reference, let end, let instant):
      try db.run(
        "UPDATE attempts SET ended_at = ?, end = ?, message = ? WHERE id = ?",
        [instant.nanoseconds, end.kind.rawValue, end.message, reference.attempt.number])
    case .checkpoint(let reference, let checkpoint, let instant):
      try db.run(
        """
        INSERT OR REPLACE INTO checkpoints (job, attempt, step, stored_at, digest, bytes)
        VALUES ((SELECT job FROM attempts WHERE id = ?), ?, ?, ?, ?, ?)
        """,
        [
          reference.attempt.number, reference.attempt.number, checkpoint.step, instant.nanoseconds,
          checkpoint.digest.data, Data(checkpoint.bytes),
        ])
    case .result(let reference, let result, let instant):
      try db.insert(result, of: reference, at: instant)
      try db.end(position: db.position(of: reference), state: 1, reason: nil, at: instant)
    case .jobFailed(let position, let reason, let instant):
      try db.run(
        "DELETE FROM results WHERE job = ? AND (SELECT state FROM jobs WHERE position = job) = 0", [position])
      try db.end(position: position, state: 2, reason: reason, at: instant)
    }
  }

  private func writeStudy(to db: Database) throws {
    switch self {
    case .studyAdded(let study, let description):
      try db.run(
        """
        INSERT INTO studies (id, submission, name, priority, fresh, total, submitted_at, description)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
          study.id.number, study.submission.hex, study.name, study.priority, study.isFresh, study.total,
          study.submitted.nanoseconds, Data(description),
        ])
    case .jobAdded(let job, let position, let firstAttempt):
      try db.run(
        "INSERT INTO jobs (position, id, first_attempt) VALUES (?, ?, ?)",
        [position, job.id.digest.data, firstAttempt])
      try db.run("INSERT INTO payloads (job, bytes) VALUES (?, ?)", [position, Data(job.payload)])
    case .jobsJoined(let study, let first, let positions):
      for (offset, position) in positions.enumerated() {
        try db.run(
          "INSERT INTO study_jobs (study, place, job) VALUES (?, ?, ?)",
          [study.number, first + offset, position])
      }
    case .studyCancelled(let study, let instant):
      try db.run(
        "UPDATE studies SET cancelled_at = ? WHERE id = ?", [instant.nanoseconds, study.number])
      try db.run(
        """
        UPDATE jobs SET state = 3, ended_at = ? WHERE state = 0
        AND position IN (SELECT job FROM study_jobs WHERE study = ?)
        AND NOT EXISTS (SELECT 1 FROM study_jobs JOIN studies ON studies.id = study
          WHERE job = position AND cancelled_at IS NULL)
        """, [instant.nanoseconds, study.number])
      let cancelled = """
        SELECT job FROM study_jobs JOIN jobs ON position = job WHERE study = ? AND state = 3
        """
      for table in ["checkpoints", "results", "audits"] {
        try db.run("DELETE FROM \(table) WHERE job IN (\(cancelled))", [study.number])
      }
    case .jobReopened(let position, let forgiven):
      try db.run(
        "UPDATE jobs SET state = 0, ended_at = NULL, reason = NULL, forgiven_up_to = ? WHERE position = ?",
        [forgiven, position])
    default: break
    }
  }

  private func writeAudit(to db: Database) throws {
    switch self {
    case .candidate(let reference, let result, let worker, let instant):
      try db.insert(result, of: reference, at: instant)
      let position = try db.position(of: reference)
      let candidate = AuditCandidate(
        attempt: reference.attempt, worker: worker, digest: result.digest, steps: result.steps)
      try db.insert(candidate, position: position)
      try db.run("DELETE FROM checkpoints WHERE job = ?", [position])
    case .disputed(let candidate, let position):
      try db.insert(candidate, position: position)
      try db.run("DELETE FROM results WHERE job = ?", [position])
      try db.run("DELETE FROM checkpoints WHERE job = ?", [position])
    case .confirmed(let position, let instant):
      try db.end(position: position, state: 1, reason: nil, at: instant)
    case .workerDistrusted(let worker, let host, let reason, let instant):
      try db.run(
        "INSERT OR REPLACE INTO distrusted_workers (worker, host, reason, at) VALUES (?, ?, ?, ?)",
        [worker.hex, host, reason, instant.nanoseconds])
    default: break
    }
  }
}

extension Database {
  /// Runs one statement, compiled once.
  fileprivate func run(_ sql: String, _ arguments: StatementArguments) throws {
    try cachedStatement(sql: sql).execute(arguments: arguments)
  }

  /// Attempts are of one job for ever.
  fileprivate func position(of reference: AttemptReference) throws -> Int {
    let statement = try cachedStatement(sql: "SELECT job FROM attempts WHERE id = ?")
    guard let position = try Int.fetchOne(statement, arguments: [reference.attempt.number]) else {
      throw DatabaseError(message: "attempt \(reference.attempt) is not in the journal")
    }
    return position
  }

  fileprivate func insert(_ result: JobResult, of reference: AttemptReference, at instant: Instant) throws {
    try run(
      """
      INSERT INTO results (job, attempt, steps, seconds, stored_at, digest, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)
      """,
      [
        position(of: reference), reference.attempt.number, result.steps, result.seconds, instant.nanoseconds,
        result.digest.data, Data(result.bytes),
      ])
  }

  fileprivate func insert(_ candidate: AuditCandidate, position: Int) throws {
    try run(
      "INSERT INTO audits (attempt, job, worker, steps, digest) VALUES (?, ?, ?, ?, ?)",
      [
        candidate.attempt.number, position, candidate.worker.hex, candidate.steps, candidate.digest.data,
      ])
  }

  /// The job is over; a finished one's result is there.
  fileprivate func end(position: Int, state: Int, reason: String?, at instant: Instant) throws {
    try run(
      """
      UPDATE jobs SET state = ?, ended_at = ?, reason = ?, (steps, digest) =
        (SELECT coalesce(max(steps), 0), max(digest) FROM results WHERE job = position)
      WHERE position = ?
      """,
      [state, instant.nanoseconds, reason, position])
    try run("DELETE FROM checkpoints WHERE job = ?", [position])
    try run("DELETE FROM audits WHERE job = ?", [position])
  }
}

extension SHA256Digest {
  var data: Data { Data(bytes) }
}
