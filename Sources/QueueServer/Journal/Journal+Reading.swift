import Digests
import Foundation
import GRDB
import QueueProtocol

/// A finished job as the journal has it.
package struct FinishedJob: Sendable {
  /// The job.
  package var id: JobID
  /// Its place in the submission, from 0.
  package var position: Int
  /// What was submitted.
  package var payload: [UInt8]
  /// What came out.
  package var result: JobResult
}

/// A job that was set aside.
package struct FailedJob: Sendable {
  /// The job.
  package var id: JobID
  /// Its place in the submission, from 0.
  package var position: Int
  /// What was submitted.
  package var payload: [UInt8]
  /// Why it was set aside.
  package var reason: String
  /// Its history: every attempt, oldest first.
  package var attempts: [AttemptRecord]

  /// What its last attempt says of the failure, or else the reason.
  package var failure: FailureReport { FailureReport(attempts: attempts, reason: reason) }
}

extension Journal {
  /// What a worker needs for a job: its payload and its last checkpoint.
  func assignment(position: Int) throws(JournalError) -> (payload: [UInt8], checkpoint: Checkpoint?) {
    try look { db in
      let row = try Row.fetchOne(
        db.cachedStatement(
          sql: """
            SELECT payloads.bytes, step, digest, checkpoints.bytes FROM payloads
            LEFT JOIN checkpoints ON checkpoints.job = payloads.job WHERE payloads.job = ?
            """), arguments: [position])
      guard let row else { throw JournalError.damaged(path: path, detail: "job \(position) has gone") }
      let payload: Data = row[0]
      guard let bytes: Data = row[3] else { return ([UInt8](payload), nil) }
      return ([UInt8](payload), Checkpoint(step: row[1], digest: try digest(row[2]), bytes: [UInt8](bytes)))
    }
  }

  /// As `assignment(position:)`; of a job that was trained again afresh, the latest training.
  func assignment(of job: JobID) throws(JournalError) -> (payload: [UInt8], checkpoint: Checkpoint?) {
    let position: Int? = try look { (db: Database) throws -> Int? in try self.position(of: job, db) }
    guard let position else { throw .damaged(path: path, detail: "job \(job) has gone") }
    return try assignment(position: position)
  }

  /// Gives each finished job to `body`, in the order of submission; one at a time is in memory.
  ///
  /// - Throws: `JournalError`, `.damaged` also for a result that does not have its digest; what `body` throws.
  package func forEachFinishedJob(_ body: (FinishedJob) throws -> Void) throws {
    try reading { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT position, jobs.id, payloads.bytes, results.steps, seconds, results.digest, results.bytes FROM results
          JOIN jobs ON jobs.position = results.job JOIN payloads ON payloads.job = results.job
          WHERE state = \(JobState.finished.sql) ORDER BY position
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

  /// The result of a job; of one that was trained again afresh, the latest. `nil` if it has none.
  ///
  /// - Throws: `JournalError`, `.damaged` also for a result that does not have its digest.
  package func result(of job: JobID) throws -> JobResult? {
    try reading { db in
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT results.steps, seconds, results.digest, bytes FROM results
          JOIN jobs ON jobs.position = results.job WHERE id = ? AND state = \(JobState.finished.sql) ORDER BY position DESC LIMIT 1
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
  package func failedJobs() throws -> [FailedJob] {
    try reading { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT position, id, bytes, reason FROM jobs JOIN payloads ON job = position WHERE state = \(JobState.failed.sql)
          ORDER BY position
          """
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
  package func attempts(of job: JobID) throws -> [AttemptRecord] {
    try reading { db in
      try position(of: job, db).map { try attempts(ofPosition: $0, db) } ?? []
    }
  }

  /// How many jobs the journal has.
  ///
  /// - Throws: `JournalError`.
  package func jobCount() throws -> Int {
    try reading { try Int.fetchOne($0, sql: "SELECT count(*) FROM jobs") ?? 0 }
  }

  func attempts(ofPosition position: Int, _ db: Database) throws -> [AttemptRecord] {
    try Row.fetchAll(
      db, sql: "SELECT job, attempts.* FROM attempts WHERE job = ? ORDER BY id", arguments: [position]
    ).map(attempt)
  }

  private func position(of job: JobID, _ db: Database) throws -> Int? {
    try Int.fetchOne(db, sql: "SELECT max(position) FROM jobs WHERE id = ?", arguments: [job.digest.data])
  }

  /// Errors of the database become `JournalError`; others pass.
  func reading<Value>(_ body: (Database) throws -> Value) throws -> Value {
    do {
      return try database.read(body)
    } catch let error as DatabaseError {
      throw JournalError(error, path: path, folder: folder)
    }
  }
}

/// What clients ask of a study.
extension Journal {
  /// What was submitted as the study's description; `nil` for an unknown study.
  ///
  /// - Throws: `JournalError`.
  package func description(of study: StudyID) throws -> [UInt8]? {
    try reading { db in
      try Data.fetchOne(
        db, sql: "SELECT description FROM studies WHERE id = ?", arguments: [study.number]
      ).map { [UInt8]($0) }
    }
  }

  /// How the study's jobs ended, from place `first` on: at most `count`, and so many that their results have at most
  /// `bytes` bytes together, but one at least.
  ///
  /// - Returns: The jobs, and the place of the next page if there is one.
  /// - Throws: `JournalError`, `.damaged` also for a result that does not have its digest.
  package func outcomes(
    of study: StudyID, from first: Int, count: Int, bytes: Int = Wire.resultPageBytes
  ) throws -> (jobs: [JobStatus], next: Int?) {
    try reading { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT place, jobs.id, state, reason, results.steps, seconds, results.digest, bytes
          FROM study_jobs JOIN jobs ON position = study_jobs.job
          LEFT JOIN results ON results.job = position AND state = \(JobState.finished.sql)
          WHERE study = ? AND place >= ? ORDER BY place LIMIT ?
          """, arguments: [study.number, first, count + 1])
      var jobs: [JobStatus] = []
      var total = 0
      while let row = try rows.next() {
        let outcome = try outcome(row)
        total += outcome.bytes.count
        if jobs.count == count || (total > bytes && !jobs.isEmpty) { return (jobs, outcome.place) }
        jobs.append(outcome)
      }
      return (jobs, nil)
    }
  }

  /// The study's jobs that were set aside, from place `first` on, with their last 32 attempts.
  ///
  /// - Returns: The jobs, and the place of the next page if there is one.
  /// - Throws: `JournalError`.
  package func failures(
    of study: StudyID, from first: Int, count: Int = 16
  ) throws -> (jobs: [FailedJobStatus], next: Int?) {
    try reading { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT place, id, reason, position FROM jobs INDEXED BY jobs_set_aside
          CROSS JOIN study_jobs ON job = position AND study = ? AND place >= ?
          WHERE state = \(JobState.failed.sql) ORDER BY place LIMIT ?
          """, arguments: [study.number, first, count + 1])
      let jobs = try rows.prefix(count).map { row in
        FailedJobStatus(
          place: row[0], job: JobID(try digest(row[1])), reason: row[2] ?? "",
          history: try attempts(ofPosition: row[3], db))
      }
      return (jobs, rows.count > count ? rows[count][0] : nil)
    }
  }

  private func outcome(_ row: Row) throws -> JobStatus {
    let number: Int = row[2]
    let state: JobStatus.State
    switch JobState(rawValue: number) {
    case .open: state = .open
    case .finished: state = .finished
    case .failed: state = .failed
    case .cancelled: state = .cancelled
    case nil: throw JournalError.damaged(path: path, detail: "a job in state \(number)")
    }
    var outcome = JobStatus(place: row[0], job: JobID(try digest(row[1])), state: state)
    outcome.reason = (row[3] as String?).map { Wire.cut($0, 1000) }
    guard outcome.state == .finished else { return outcome }
    guard let bytes: Data = row[7], let digest: Data = row[6] else {
      throw JournalError.damaged(path: path, detail: "the result of job \(outcome.job) has gone")
    }
    (outcome.steps, outcome.seconds, outcome.digest) = (row[4], row[5], try self.digest(digest))
    outcome.bytes = [UInt8](bytes)
    guard SHA256Digest.of(outcome.bytes) == outcome.digest else {
      throw JournalError.damaged(
        path: path, detail: "the result of job \(outcome.job) does not have its digest")
    }
    return outcome
  }
}
