import Digests
import Foundation
import GRDB

/// A finished job as the journal has it.
public struct FinishedJob: Sendable {
  /// The job.
  public var id: JobID
  /// Its place in the submission, from 0.
  public var position: Int
  /// What was submitted.
  public var payload: [UInt8]
  /// What came out.
  public var result: JobResult
}

/// A job that was set aside.
public struct FailedJob: Sendable {
  /// The job.
  public var id: JobID
  /// Its place in the submission, from 0.
  public var position: Int
  /// What was submitted.
  public var payload: [UInt8]
  /// Why it was set aside.
  public var reason: String
  /// Its story: every attempt, oldest first.
  public var attempts: [AttemptRecord]
}

extension Journal {
  /// Everything that the core needs to go on. Attempts that ran when the last coordinator ended are ended as
  /// `coordinatorRestarted`, which counts against nobody.
  ///
  /// - Parameter now: The time to write as their end.
  /// - Complexity: O(jobs + attempts of unfinished jobs).
  func load(at now: Instant) throws(JournalError) -> (jobs: [StoredJob], nextAttempt: Int) {
    try access { db in
      try db.execute(
        sql: "UPDATE attempts SET ended_at = ?, end = ?, message = '' WHERE end IS NULL",
        arguments: [now.nanoseconds, AttemptEnd.Kind.coordinatorRestarted.rawValue])
      var jobs: [StoredJob] = []
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT jobs.position, jobs.id, jobs.state, coalesce(results.steps, checkpoints.step, 0), results.digest
          FROM jobs LEFT JOIN results ON results.job = jobs.position
          LEFT JOIN checkpoints ON checkpoints.job = jobs.position ORDER BY jobs.position
          """)
      while let row = try rows.next() {
        guard row[0] == jobs.count, let state = try state(row[2], row[4]) else {
          throw JournalError.damaged(path: path, detail: "job \(jobs.count) makes no sense")
        }
        jobs.append(
          StoredJob(id: JobID(try digest(row[1])), state: state, steps: row[3], attempts: []))
      }
      let attempts = try Row.fetchCursor(
        db,
        sql: """
          SELECT attempts.job, attempts.* FROM attempts JOIN jobs ON jobs.position = attempts.job
          WHERE jobs.state <> 1 ORDER BY attempts.id
          """)
      while let row = try attempts.next() {
        let position: Int = row[0]
        jobs[position].attempts.append(try attempt(row))
      }
      let last = try Int.fetchOne(db, sql: "SELECT max(id) FROM attempts") ?? 0
      return (jobs, last + 1)
    }
  }

  /// What a worker needs for a job: its payload and its last checkpoint.
  func assignment(of job: JobID) throws(JournalError) -> (payload: [UInt8], checkpoint: Checkpoint?) {
    try access { db in
      let row = try Row.fetchOne(
        db.cachedStatement(
          sql: """
            SELECT payload, step, digest, bytes FROM jobs
            LEFT JOIN checkpoints ON checkpoints.job = jobs.position WHERE id = ?
            """), arguments: [job.digest.data])
      guard let row else { throw JournalError.damaged(path: path, detail: "job \(job) has gone") }
      let payload: Data = row[0]
      guard let bytes: Data = row[3] else { return ([UInt8](payload), nil) }
      return ([UInt8](payload), Checkpoint(step: row[1], digest: try digest(row[2]), bytes: [UInt8](bytes)))
    }
  }

  /// Gives each finished job to `body`, in the order of submission; one at a time is in memory.
  ///
  /// - Throws: `JournalError`, `.damaged` also for a result that does not have its digest; what `body` throws.
  public func forEachFinishedJob(_ body: (FinishedJob) throws -> Void) throws {
    try reading { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT position, id, payload, steps, seconds, digest, bytes FROM results
          JOIN jobs ON jobs.position = results.job ORDER BY position
          """)
      while let row = try rows.next() {
        let (payload, bytes): (Data, Data) = (row[2], row[6])
        let result = JobResult(
          digest: try digest(row[5]), bytes: [UInt8](bytes), seconds: row[4], steps: row[3])
        let id = JobID(try digest(row[1]))
        guard result.isIntact else {
          throw JournalError.damaged(path: path, detail: "the result of job \(id) does not have its digest")
        }
        try body(FinishedJob(id: id, position: row[0], payload: [UInt8](payload), result: result))
      }
    }
  }

  /// The result of a job; `nil` if it has none.
  ///
  /// - Throws: `JournalError`, `.damaged` also for a result that does not have its digest.
  public func result(of job: JobID) throws -> JobResult? {
    try reading { db in
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT steps, seconds, digest, bytes FROM results
          JOIN jobs ON jobs.position = results.job WHERE id = ?
          """, arguments: [job.digest.data])
      return try row.map { row in
        let bytes: Data = row[3]
        let result = JobResult(
          digest: try digest(row[2]), bytes: [UInt8](bytes), seconds: row[1], steps: row[0])
        guard result.isIntact else {
          throw JournalError.damaged(path: path, detail: "the result of job \(job) does not have its digest")
        }
        return result
      }
    }
  }

  /// The jobs that were set aside, in the order of submission.
  ///
  /// - Throws: `JournalError`.
  public func failedJobs() throws -> [FailedJob] {
    try reading { db in
      try Row.fetchAll(
        db, sql: "SELECT position, id, payload, reason FROM jobs WHERE state = 2 ORDER BY position"
      )
      .map { row in
        let payload: Data = row[2]
        return FailedJob(
          id: JobID(try digest(row[1])), position: row[0], payload: [UInt8](payload), reason: row[3],
          attempts: try attempts(ofPosition: row[0], db))
      }
    }
  }

  /// The story of a job: every attempt, oldest first; empty for an unknown job.
  ///
  /// - Throws: `JournalError`.
  public func attempts(of job: JobID) throws -> [AttemptRecord] {
    try reading { db in
      let position = try Int.fetchOne(
        db, sql: "SELECT position FROM jobs WHERE id = ?", arguments: [job.digest.data])
      return try position.map { try attempts(ofPosition: $0, db) } ?? []
    }
  }

  /// How many jobs the journal has.
  ///
  /// - Throws: `JournalError`.
  public func jobCount() throws -> Int {
    try reading { try Int.fetchOne($0, sql: "SELECT count(*) FROM jobs") ?? 0 }
  }

  private func attempts(ofPosition position: Int, _ db: Database) throws -> [AttemptRecord] {
    try Row.fetchAll(
      db, sql: "SELECT job, attempts.* FROM attempts WHERE job = ? ORDER BY id", arguments: [position]
    ).map(attempt)
  }

  /// Out of a row of the job's position and the columns of `attempts`.
  private func attempt(_ row: Row) throws -> AttemptRecord {
    guard let worker = WorkerID(hex: row[3]) else {
      throw JournalError.damaged(path: path, detail: "an attempt by an impossible worker")
    }
    let (ended, end): (Int64?, String?) = (row[6], row[7])
    return AttemptRecord(
      id: AttemptID(row[1]), worker: worker, host: row[4], started: Instant(nanoseconds: row[5]),
      ended: ended.map(Instant.init(nanoseconds:)),
      end: end.map { AttemptEnd(AttemptEnd.Kind(rawValue: $0) ?? .other, row[8] ?? "") })
  }

  private func state(_ number: Int, _ digest: Data?) throws -> StoredJob.State? {
    switch (number, digest) {
    case (0, nil): .open
    case (1, let digest?): .finished(try self.digest(digest))
    case (2, nil): .failed
    default: nil
    }
  }

  private func digest(_ data: Data) throws -> SHA256Digest {
    guard let digest = SHA256Digest(bytes: data) else {
      throw JournalError.damaged(path: path, detail: "a digest of \(data.count) bytes")
    }
    return digest
  }

  /// Errors of the database become `JournalError`; others pass.
  private func reading<Value>(_ body: (Database) throws -> Value) throws -> Value {
    do {
      return try database.read(body)
    } catch let error as DatabaseError {
      throw JournalError(error, path: path, folder: folder)
    }
  }
}
