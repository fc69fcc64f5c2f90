import Digests
import GRDB
import QueueProtocol

/// A finished job as the journal has it.
package struct FinishedJob: Sendable {
  /// The job.
  package var id: JobID
  /// Its place in the submission, from 0.
  package var position: Int
  /// The payload as submitted.
  package var payload: [UInt8]
  /// Its result.
  package var result: JobResult
}

/// A job that was set aside.
package struct FailedJob: Sendable {
  /// The job.
  package var id: JobID
  /// Its place in the submission, from 0.
  package var position: Int
  /// The payload as submitted.
  package var payload: [UInt8]
  /// Why it was set aside.
  package var reason: String
  /// Its history: every attempt, oldest first.
  package var attempts: [AttemptRecord]

  /// The failure as its last attempt reports it, or else the reason.
  package var failure: FailureReport { FailureReport(attempts: attempts, reason: reason) }
}

extension Journal {
  /// A job as it is assigned to a worker: its payload and its last checkpoint.
  func assignment(position: Int) throws(JournalError) -> (payload: [UInt8], checkpoint: Checkpoint?) {
    try look { db in
      let row = try Row.fetchOne(
        db.cachedStatement(
          sql: """
            SELECT payloads.bytes, step, digest, checkpoints.bytes FROM payloads
            LEFT JOIN checkpoints ON checkpoints.job = payloads.job WHERE payloads.job = ?
            """), arguments: [position]
      ).map { CheckedRow(row: $0, path: path) }
      guard let row else { throw missing("payloads", "job \(position)") }
      let payload = try row.bytes(0, "payloads.bytes")
      guard let bytes = try row.optionalBytes(3, "checkpoints.bytes") else { return (payload, nil) }
      let checkpoint = Checkpoint(
        step: try row.count(1, "checkpoints.step"), digest: try row.digest(2, "checkpoints.digest"),
        bytes: bytes)
      return (payload, checkpoint)
    }
  }

  /// As `assignment(position:)`; of a job that was trained again afresh, the latest training.
  func assignment(of job: JobID) throws(JournalError) -> (payload: [UInt8], checkpoint: Checkpoint?) {
    let position: Int? = try look { (db: Database) throws -> Int? in try self.position(of: job, db) }
    guard let position else { throw missing("jobs", "job \(job)") }
    return try assignment(position: position)
  }

  /// Gives each finished job to `body`, in the order of submission; one at a time is in memory.
  ///
  /// - Throws: `JournalError`, `.damaged` also for a result that does not have its digest; what `body` throws.
  package func forEachFinishedJob(_ body: (FinishedJob) throws -> Void) throws {
    try reading { db in
      let rows = try CheckedRows(
        db, path: path,
        """
        SELECT results.steps, seconds, results.digest, results.bytes, position, jobs.id, payloads.bytes FROM results
        JOIN jobs ON jobs.position = results.job JOIN payloads ON payloads.job = results.job
        WHERE state = \(JobState.finished.sql) ORDER BY position
        """)
      while let row = try rows.next() {
        let id = JobID(try row.digest(5, "jobs.id"))
        let job = FinishedJob(
          id: id, position: try row.count(4, "jobs.position"), payload: try row.bytes(6, "payloads.bytes"),
          result: try result(row, of: id))
        try body(job)
      }
    }
  }

  /// The result of a job; after repeated training (`fresh`), the latest one. `nil` without a result.
  ///
  /// - Throws: `JournalError`, `.damaged` also for a result that does not have its digest.
  package func result(of job: JobID) throws -> JobResult? {
    try reading { db in
      try CheckedRows.first(
        db, path: path,
        """
        SELECT results.steps, seconds, results.digest, bytes FROM results
        JOIN jobs ON jobs.position = results.job WHERE id = ? AND state = \(JobState.finished.sql) ORDER BY position DESC LIMIT 1
        """, [job.digest.data]
      ).map { try result($0, of: job) }
    }
  }

  /// Out of a row of steps, seconds, digest and bytes of `results`.
  private func result(_ row: CheckedRow, of job: JobID) throws(JournalError) -> JobResult {
    let result = JobResult(
      digest: try row.digest(2, "results.digest"), bytes: try row.bytes(3, "results.bytes"),
      seconds: try row.seconds(1, "results.seconds"), steps: try row.count(0, "results.steps"))
    guard result.isIntact else {
      throw row.damaged("results.bytes", "doesn't have its digest for job \(job)")
    }
    return result
  }

  private func missing(_ table: String, _ what: String) -> JournalError {
    .damaged(path: path, detail: "\(what) is missing in \(table)")
  }

  /// The jobs that were set aside, in the order of submission.
  ///
  /// - Throws: `JournalError`.
  package func failedJobs() throws -> [FailedJob] {
    try reading { db in
      try CheckedRows(
        db, path: path,
        """
        SELECT position, id, bytes, reason FROM jobs JOIN payloads ON job = position WHERE state = \(JobState.failed.sql)
        ORDER BY position
        """
      ).map { row in
        let position = try row.count(0, "jobs.position")
        return FailedJob(
          id: JobID(try row.digest(1, "jobs.id")), position: position,
          payload: try row.bytes(2, "payloads.bytes"),
          reason: try row.text(3, "jobs.reason"), attempts: try attempts(ofPosition: position, db))
      }
    }
  }

  /// The history of a job: every attempt, oldest first; empty for an unknown job.
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
    try CheckedRows(db, path: path, "\(Self.attemptColumns) WHERE job = ? ORDER BY id", [position]).map(
      attempt)
  }

  private func position(of job: JobID, _ db: Database) throws -> Int? {
    try Int.fetchOne(db, sql: "SELECT max(position) FROM jobs WHERE id = ?", arguments: [job.digest.data])
  }

  /// Errors of the database become `JournalError`; others pass.
  func reading<Value>(_ body: (Database) throws -> Value) throws -> Value {
    do {
      return try database.read(body)
    } catch  where error is DatabaseError || error is RowDecodingError {
      throw failure(error)
    }
  }
}

/// Answers to clients' questions about a study.
extension Journal {
  /// The study's description as submitted; `nil` for an unknown study.
  ///
  /// - Throws: `JournalError`.
  package func description(of study: StudyID) throws -> [UInt8]? {
    try reading { db in
      try CheckedRows.first(db, path: path, "SELECT description FROM studies WHERE id = ?", [study.number])?
        .bytes(0, "studies.description")
    }
  }

  /// How the study's jobs ended, from place `first` on: a page of at most `count` jobs whose results have at most `bytes`
  /// bytes together, but of at least one job.
  ///
  /// - Returns: The jobs, and the place of the next page if there is one.
  /// - Throws: `JournalError`, `.damaged` also for a result that does not have its digest.
  package func outcomes(
    of study: StudyID, from first: Int, count: Int, bytes: Int = Wire.resultPageBytes
  ) throws -> (jobs: [JobStatus], next: Int?) {
    try reading { db in
      let rows = try CheckedRows(
        db, path: path,
        """
        SELECT results.steps, seconds, results.digest, bytes, place, jobs.id, state, reason
        FROM study_jobs JOIN jobs ON position = study_jobs.job
        LEFT JOIN results ON results.job = position AND state = \(JobState.finished.sql)
        WHERE study = ? AND place >= ? ORDER BY place LIMIT ?
        """, [study.number, first, count + 1])
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
      let rows = try CheckedRows(
        db, path: path,
        """
        SELECT place, id, reason, position FROM jobs INDEXED BY jobs_set_aside
        CROSS JOIN study_jobs ON job = position AND study = ? AND place >= ?
        WHERE state = \(JobState.failed.sql) ORDER BY place LIMIT ?
        """, [study.number, first, count + 1])
      var jobs: [FailedJobStatus] = []
      while let row = try rows.next() {
        let place = try row.count(0, "study_jobs.place")
        if jobs.count == count { return (jobs, place) }
        let history = try attempts(ofPosition: row.count(3, "jobs.position"), db)
        jobs.append(
          FailedJobStatus(
            place: place, job: JobID(try row.digest(1, "jobs.id")),
            reason: try row.optionalText(2, "jobs.reason") ?? "", history: history))
      }
      return (jobs, nil)
    }
  }

  private func outcome(_ row: CheckedRow) throws(JournalError) -> JobStatus {
    let state: JobStatus.State =
      switch try row.state(6, "jobs.state") {
      case .open: .open
      case .finished: .finished
      case .failed: .failed
      case .cancelled: .cancelled
      }
    let id = JobID(try row.digest(5, "jobs.id"))
    var outcome = JobStatus(place: try row.count(4, "study_jobs.place"), job: id, state: state)
    outcome.reason = try row.optionalText(7, "jobs.reason").map { Wire.cut($0, 1000) }
    guard outcome.state == .finished else { return outcome }
    guard try row.optionalBytes(3, "results.bytes") != nil else {
      throw missing("results", "the result of job \(id)")
    }
    let result = try result(row, of: id)
    (outcome.steps, outcome.seconds, outcome.digest) = (result.steps, result.seconds, result.digest)
    outcome.bytes = result.bytes
    return outcome
  }
}
