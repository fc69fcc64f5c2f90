import Digests
import Foundation
import GRDB
import QueueProtocol

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
  ) throws -> (jobs: [JobOutcome], next: Int?) {
    try reading { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT place, jobs.id, state, reason, results.steps, seconds, results.digest, bytes
          FROM study_jobs JOIN jobs ON position = study_jobs.job
          LEFT JOIN results ON results.job = position AND state = 1
          WHERE study = ? AND place >= ? ORDER BY place LIMIT ?
          """, arguments: [study.number, first, count + 1])
      var jobs: [JobOutcome] = []
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
          WHERE state = 2 ORDER BY place LIMIT ?
          """, arguments: [study.number, first, count + 1])
      let jobs = try rows.prefix(count).map { row in
        FailedJobStatus(
          place: row[0], job: JobID(try digest(row[1])), reason: Wire.cut(row[2] ?? "", 1000),
          attempts: try attempts(ofPosition: row[3], db).suffix(32).map(AttemptStatus.init))
      }
      return (jobs, rows.count > count ? rows[count][0] : nil)
    }
  }

  private func outcome(_ row: Row) throws -> JobOutcome {
    let states: [JobOutcome.State] = [.open, .finished, .failed, .cancelled]
    let number: Int = row[2]
    guard states.indices.contains(number) else {
      throw JournalError.damaged(path: path, detail: "a job in state \(number)")
    }
    var outcome = JobOutcome(place: row[0], job: JobID(try digest(row[1])), state: states[number])
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
