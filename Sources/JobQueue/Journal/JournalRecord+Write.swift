import Digests
import Foundation
import GRDB

extension JournalRecord {
  /// Writes the record; the caller has opened a transaction.
  func write(to db: Database) throws {
    switch self {
    case .jobAdded(let job, let position):
      try db.run(
        "INSERT INTO jobs (position, id, payload) VALUES (?, ?, ?)",
        [position, job.id.digest.data, Data(job.payload)])
    case .attemptStarted(let attempt, let job):
      try db.run(
        """
        INSERT INTO attempts (id, job, worker, host, started_at)
        VALUES (?, (SELECT position FROM jobs WHERE id = ?), ?, ?, ?)
        """,
        [attempt.id.number, job.digest.data, attempt.worker.hex, attempt.host, attempt.started.nanoseconds])
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
        VALUES ((SELECT position FROM jobs WHERE id = ?), ?, ?, ?, ?, ?)
        """,
        [
          reference.job.digest.data, reference.attempt.number, checkpoint.step, instant.nanoseconds,
          checkpoint.digest.data, Data(checkpoint.bytes),
        ])
    case .result(let reference, let result, let instant):
      try db.run(
        """
        INSERT INTO results (job, attempt, steps, seconds, stored_at, digest, bytes)
        VALUES ((SELECT position FROM jobs WHERE id = ?), ?, ?, ?, ?, ?, ?)
        """,
        [
          reference.job.digest.data, reference.attempt.number, result.steps, result.seconds,
          instant.nanoseconds,
          result.digest.data, Data(result.bytes),
        ])
      try Self.end(reference.job, state: 1, reason: nil, at: instant, in: db)
    case .jobFailed(let job, let reason, let instant):
      try Self.end(job, state: 2, reason: reason, at: instant, in: db)
    }
  }

  private static func end(
    _ job: JobID, state: Int, reason: String?, at instant: Instant, in db: Database
  ) throws {
    try db.run(
      "UPDATE jobs SET state = ?, ended_at = ?, reason = ? WHERE id = ?",
      [state, instant.nanoseconds, reason, job.digest.data])
    try db.run(
      "DELETE FROM checkpoints WHERE job = (SELECT position FROM jobs WHERE id = ?)", [job.digest.data])
  }
}

extension Database {
  /// Runs one statement, compiled once.
  fileprivate func run(_ sql: String, _ arguments: StatementArguments) throws {
    try cachedStatement(sql: sql).execute(arguments: arguments)
  }
}

extension SHA256Digest {
  var data: Data { Data(bytes) }
}
