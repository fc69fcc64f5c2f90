import Digests
import GRDB
import QueueCore
import QueueProtocol

extension Journal {
  /// Everything that a core needs to resume. Attempts that ran when the last coordinator ended are ended as
  /// `coordinatorRestarted`, which counts against no job.
  ///
  /// - Parameter now: The time to write as their end.
  /// - Throws: `JournalError`, `.damaged` also for rows that contradict each other.
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
      let last = try CheckedRows.first(db, path: path, "SELECT coalesce(max(id), 0) FROM attempts")
      queue.nextAttempt = try (last?.count(0, "attempts.id") ?? 0) + 1
      queue.distrusted = try CheckedRows(
        db, path: path, "SELECT worker FROM distrusted_workers ORDER BY worker"
      ).map { try $0.worker(0, "distrusted_workers.worker") }
      return queue
    }
  }

  private func jobs(_ db: Database) throws -> [StoredJob] {
    var jobs: [StoredJob] = []
    jobs.reserveCapacity(try Int.fetchOne(db, sql: "SELECT count(*) FROM jobs") ?? 0)
    let rows = try CheckedRows(
      db, path: path,
      """
      SELECT position, jobs.id, state, coalesce(checkpoints.step, jobs.steps), jobs.digest, first_attempt,
        forgiven_up_to, CASE state WHEN \(JobState.failed.sql) THEN reason END
      FROM jobs LEFT JOIN checkpoints ON checkpoints.job = position ORDER BY position
      """)
    while let row = try rows.next() {
      let position = try row.count(0, "jobs.position")
      guard position == jobs.count else {
        throw row.damaged("jobs.position", "has \(position) instead of \(jobs.count): jobs are missing")
      }
      var job = StoredJob(
        id: JobID(try row.digest(1, "jobs.id")), state: try state(row), steps: try row.count(3, "jobs.steps"))
      job.firstAttempt = try row.count(5, "jobs.first_attempt")
      job.forgivenUpTo = try row.count(6, "jobs.forgiven_up_to")
      job.reason = try row.optionalText(7, "jobs.reason")
      jobs.append(job)
    }
    return jobs
  }

  private func state(_ row: CheckedRow) throws(JournalError) -> StoredJob.State {
    let digest = try row.optionalDigest(4, "jobs.digest")
    switch (try row.state(2, "jobs.state"), digest) {
    case (.open, nil): return .open
    case (.finished, let digest?): return .finished(digest)
    case (.failed, _): return .failed
    case (.cancelled, _): return .cancelled
    case (.open, _): throw row.damaged("jobs.digest", "has a result's digest for a job that is open")
    case (.finished, nil): throw row.damaged("jobs.digest", "has no digest for a finished job")
    }
  }

  private func addAttempts(to queue: inout StoredQueue, _ db: Database) throws {
    let rows = try CheckedRows(
      db, path: path,
      """
      \(Self.attemptColumns) JOIN jobs ON jobs.position = attempts.job
      WHERE jobs.state <> \(JobState.finished.sql) ORDER BY attempts.id
      """)
    while let row = try rows.next() {
      let position = try position(row, "attempts.job", jobCount: queue.jobs.count)
      queue.jobs[position].attempts.append(try attempt(row))
    }
  }

  private func addCandidates(to queue: inout StoredQueue, _ db: Database) throws {
    let rows = try CheckedRows(
      db, path: path, "SELECT job, attempt, worker, digest, steps FROM audits ORDER BY attempt")
    while let row = try rows.next() {
      let position = try position(row, "audits.job", jobCount: queue.jobs.count)
      queue.jobs[position].candidates.append(
        AuditCandidate(
          attempt: AttemptID(try row.count(1, "audits.attempt")), worker: try row.worker(2, "audits.worker"),
          digest: try row.digest(3, "audits.digest"), steps: try row.count(4, "audits.steps")))
    }
  }

  /// The position of a job in column 0.
  private func position(_ row: CheckedRow, _ column: String, jobCount: Int) throws(JournalError) -> Int {
    let position = try row.count(0, column)
    guard position < jobCount else { throw row.damaged(column, "has job \(position) of \(jobCount)") }
    return position
  }

  private func studies(_ db: Database, jobCount: Int) throws -> [StoredStudy] {
    var studies: [StoredStudy] = []
    let rows = try CheckedRows(
      db, path: path,
      "SELECT id, submission, name, priority, fresh, total, submitted_at, cancelled_at FROM studies ORDER BY id"
    )
    while let row = try rows.next() {
      let number = try row.count(0, "studies.id")
      guard number == studies.count + 1 else {
        throw row.damaged("studies.id", "has \(number) instead of \(studies.count + 1): studies are missing")
      }
      guard let submission = SubmissionID(hex: try row.text(1, "studies.submission")) else {
        throw row.damaged("studies.submission", "has a text that isn't the identity of a submission")
      }
      studies.append(
        StoredStudy(
          id: StudyID(number), submission: submission, name: try row.text(2, "studies.name"),
          priority: try row.int(3, "studies.priority", in: Submission.priorities),
          isFresh: try row.int(4, "studies.fresh", in: 0...1) == 1,
          total: try row.int(5, "studies.total", in: 0...Int(Int32.max)),
          submitted: try row.time(6, "studies.submitted_at"),
          isCancelled: try row.optionalTime(7, "studies.cancelled_at") != nil))
    }
    let places = try CheckedRows(
      db, path: path, "SELECT job, study, place FROM study_jobs ORDER BY study, place")
    while let row = try places.next() {
      let job = try position(row, "study_jobs.job", jobCount: jobCount)
      let (study, place) = (try row.count(1, "study_jobs.study"), try row.count(2, "study_jobs.place"))
      guard study > 0, study <= studies.count else {
        throw row.damaged("study_jobs.study", "has study \(study) of \(studies.count)")
      }
      guard studies[study - 1].jobs.count == place, place < studies[study - 1].total else {
        throw row.damaged(
          "study_jobs.place",
          "has \(place) instead of \(studies[study - 1].jobs.count) in study \(study), which has \(studies[study - 1].total) jobs"
        )
      }
      studies[study - 1].jobs.append(Int32(job))
    }
    return studies
  }

  /// The columns that `attempt(_:)` takes.
  static let attemptColumns = """
    SELECT attempts.job, attempts.id, worker, host, started_at, attempts.ended_at, attempts.end, message, details FROM attempts
    """

  /// Out of a row of `attemptColumns`.
  func attempt(_ row: CheckedRow) throws(JournalError) -> AttemptRecord {
    var end: AttemptEnd?
    if let kind = try row.optionalText(6, "attempts.end") {
      end = AttemptEnd(
        AttemptEnd.Kind(rawValue: kind) ?? .other, try row.optionalText(7, "attempts.message") ?? "",
        details: try row.optionalBytes(8, "attempts.details") ?? [])
    }
    return AttemptRecord(
      id: AttemptID(try row.count(1, "attempts.id")), worker: try row.worker(2, "attempts.worker"),
      host: try row.text(3, "attempts.host"), started: try row.time(4, "attempts.started_at"),
      ended: try row.optionalTime(5, "attempts.ended_at"), end: end)
  }
}
