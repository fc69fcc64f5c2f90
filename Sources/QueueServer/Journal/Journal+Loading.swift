import Digests
import Foundation
import GRDB
import QueueCore
import QueueProtocol

extension Journal {
  /// Everything that the core needs to go on. Attempts that ran when the last coordinator ended are ended as
  /// `coordinatorRestarted`, which counts against nobody.
  ///
  /// - Parameter now: The time to write as their end.
  /// - Complexity: O(jobs + attempts of unfinished jobs).
  func load(at now: Instant) throws(JournalError) -> StoredQueue {
    try access { db in
      try db.execute(
        sql: "UPDATE attempts SET ended_at = ?, end = ?, message = '' WHERE end IS NULL",
        arguments: [now.nanoseconds, AttemptEnd.Kind.coordinatorRestarted.rawValue])
      var queue = StoredQueue()
      queue.jobs = try jobs(db)
      try addAttempts(to: &queue, db)
      try addCandidates(to: &queue, db)
      queue.studies = try studies(db, jobCount: queue.jobs.count)
      queue.nextAttempt = (try Int.fetchOne(db, sql: "SELECT max(id) FROM attempts") ?? 0) + 1
      queue.distrusted = try String.fetchAll(db, sql: "SELECT worker FROM distrusted_workers ORDER BY worker")
        .map(worker)
      return queue
    }
  }

  private func jobs(_ db: Database) throws -> [StoredJob] {
    var jobs: [StoredJob] = []
    jobs.reserveCapacity(try Int.fetchOne(db, sql: "SELECT count(*) FROM jobs") ?? 0)
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT position, jobs.id, state, coalesce(checkpoints.step, jobs.steps), jobs.digest, first_attempt,
          forgiven_up_to, CASE state WHEN 2 THEN reason END
        FROM jobs LEFT JOIN checkpoints ON checkpoints.job = position ORDER BY position
        """)
    while let row = try rows.next() {
      guard row[0] == jobs.count, let state = try state(row[2], row[4]) else {
        throw JournalError.damaged(path: path, detail: "job \(jobs.count) makes no sense")
      }
      var job = StoredJob(id: JobID(try digest(row[1])), state: state, steps: row[3])
      (job.firstAttempt, job.forgivenUpTo, job.reason) = (row[5], row[6], row[7])
      jobs.append(job)
    }
    return jobs
  }

  private func addAttempts(to queue: inout StoredQueue, _ db: Database) throws {
    let attempts = try Row.fetchCursor(
      db,
      sql: """
        SELECT attempts.job, attempts.* FROM attempts JOIN jobs ON jobs.position = attempts.job
        WHERE jobs.state <> 1 ORDER BY attempts.id
        """)
    while let row = try attempts.next() {
      let position: Int = row[0]
      queue.jobs[position].attempts.append(try attempt(row))
    }
  }

  private func addCandidates(to queue: inout StoredQueue, _ db: Database) throws {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT audits.job, attempt, worker, digest, steps FROM audits ORDER BY attempt
        """)
    while let row = try rows.next() {
      let position: Int = row[0]
      queue.jobs[position].candidates.append(
        AuditCandidate(
          attempt: AttemptID(row[1]), worker: try worker(row[2]), digest: try digest(row[3]), steps: row[4]))
    }
  }

  private func studies(_ db: Database, jobCount: Int) throws -> [StoredStudy] {
    var studies: [StoredStudy] = []
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT id, submission, name, priority, fresh, total, submitted_at, cancelled_at FROM studies ORDER BY id
        """)
    while let row = try rows.next() {
      guard row[0] == studies.count + 1, let submission = SubmissionID(hex: row[1]) else {
        throw JournalError.damaged(path: path, detail: "study \(studies.count + 1) makes no sense")
      }
      let cancelled: Int64? = row[7]
      studies.append(
        StoredStudy(
          id: StudyID(row[0]), submission: submission, name: row[2], priority: row[3], isFresh: row[4],
          total: row[5], submitted: Instant(nanoseconds: row[6]), isCancelled: cancelled != nil))
    }
    let places = try Row.fetchCursor(
      db, sql: "SELECT study, place, job FROM study_jobs ORDER BY study, place")
    while let row = try places.next() {
      let (study, place, job): (Int, Int, Int) = (row[0], row[1], row[2])
      guard studies.indices.contains(study - 1), studies[study - 1].jobs.count == place,
        (0..<jobCount).contains(job)
      else { throw JournalError.damaged(path: path, detail: "the jobs of study \(study) make no sense") }
      studies[study - 1].jobs.append(Int32(job))
    }
    return studies
  }

  /// Out of a row of the job's position and the columns of `attempts`.
  func attempt(_ row: Row) throws -> AttemptRecord {
    let (ended, end): (Int64?, String?) = (row[6], row[7])
    return AttemptRecord(
      id: AttemptID(row[1]), worker: try worker(row[3]), host: row[4], started: Instant(nanoseconds: row[5]),
      ended: ended.map(Instant.init(nanoseconds:)),
      end: end.map { AttemptEnd(AttemptEnd.Kind(rawValue: $0) ?? .other, row[8] ?? "") })
  }

  private func worker(_ hex: String) throws -> WorkerID {
    guard let worker = WorkerID(hex: hex) else {
      throw JournalError.damaged(path: path, detail: "an attempt by an impossible worker")
    }
    return worker
  }

  private func state(_ number: Int, _ digest: Data?) throws -> StoredJob.State? {
    switch (number, digest) {
    case (0, nil): .open
    case (1, let digest?): .finished(try self.digest(digest))
    case (2, _): .failed
    case (3, _): .cancelled
    default: nil
    }
  }

  func digest(_ data: Data) throws -> SHA256Digest {
    guard let digest = SHA256Digest(bytes: data) else {
      throw JournalError.damaged(path: path, detail: "a digest of \(data.count) bytes")
    }
    return digest
  }
}
