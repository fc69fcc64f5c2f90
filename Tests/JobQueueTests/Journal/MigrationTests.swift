import Digests
import Foundation
import GRDB
import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

@Suite("Journals of earlier formats")
struct MigrationTests {
  let folder: TemporaryFolder
  let now = Instant(nanoseconds: 5_000_000_000)

  init() throws { folder = try TemporaryFolder() }

  @Test(
    "A journal of one study, as the first version wrote it, becomes a queue with that study",
    arguments: [true, false])
  func first(hasStudy: Bool) throws {
    let result = CoreHarness.result([1, 2])
    let identity = SHA256Digest.of([42])
    do {
      let database = try DatabaseQueue(path: folder.file("journal.sqlite"))
      try JournalSchema.migrator.migrate(database, upTo: "1")
      try database.write { db in
        try db.execute(sql: "PRAGMA application_id = \(0x504F_544C)")
        if hasStudy {
          try db.execute(sql: "INSERT INTO meta (key, value) VALUES ('study', ?)", arguments: [identity.hex])
        }
        for (position, state) in [1, 2, 0].enumerated() {
          let job = CoreHarness.job(position)
          try db.execute(
            sql: "INSERT INTO jobs (position, id, state, reason, payload) VALUES (?, ?, ?, ?, ?)",
            arguments: [
              position, job.id.digest.data, state, state == 2 ? "nonsense" : nil, Data(job.payload),
            ])
          try db.execute(
            sql: """
              INSERT INTO attempts (id, job, worker, host, started_at, ended_at, end, message)
              VALUES (?, ?, ?, 'host', 1, 2, ?, '')
              """,
            arguments: [
              position + 1, position, CoreHarness.worker(1).hex,
              [AttemptEnd.Kind.finished, .invalidJob, .handedBack][position].rawValue,
            ])
        }
        try db.execute(
          sql: """
            INSERT INTO results (job, attempt, steps, seconds, stored_at, digest, bytes) VALUES (0, 1, 100, 1, 2, ?, ?)
            """, arguments: [result.digest.data, Data(result.bytes)])
        try db.execute(
          sql: """
            INSERT INTO checkpoints (job, attempt, step, stored_at, digest, bytes) VALUES (2, 3, 30, 2, ?, ?)
            """, arguments: [SHA256Digest.of([9]).data, Data([9])])
      }
    }
    let journal = try Journal(folder: folder.path)
    let queue = try journal.load(at: now)
    #expect(queue.jobs.map(\.state) == [.finished(result.digest), .failed, .open])
    #expect(queue.jobs.map(\.steps) == [100, 0, 30])
    #expect(queue.nextAttempt == 4)
    #expect(queue.studies.map(\.jobs) == [[0, 1, 2]])
    #expect(
      queue.studies.first?.submission
        == (hasStudy ? SubmissionID(identity) : SubmissionID(hex: String(repeating: "0", count: 32))))
    #expect(try journal.result(of: CoreHarness.job(0).id) == result)
    #expect(try journal.failedJobs().map(\.payload) == [[1]])
    #expect(try journal.assignment(position: 2).checkpoint?.bytes == [9])
    var core = QueueCore(stored: queue)
    try core.checkInvariants()
    // The same study, whatever its name is now, goes on.
    if hasStudy {
      let again = Submission(id: SubmissionID(identity), name: "new name", jobs: (0..<3).map(CoreHarness.job))
      _ = core.handle(.submitted(again), at: now)
      #expect(core.studies.count == 1 && core.progress.queued == 1)
    }
    #expect(core.status(of: StudyID(1))?.total == 3)
  }

  @Test("Failures in a journal of format 2 keep their messages; they have no details")
  func second() throws {
    do {
      let database = try DatabaseQueue(path: folder.file("journal.sqlite"))
      try JournalSchema.migrator.migrate(database, upTo: "2")
      try database.write { db in
        let job = CoreHarness.job(0)
        try db.execute(sql: "PRAGMA application_id = \(0x504F_544C)")
        try db.execute(
          sql: "INSERT INTO jobs (position, id, state, reason) VALUES (0, ?, 2, 'set aside')",
          arguments: [job.id.digest.data])
        try db.execute(
          sql: "INSERT INTO payloads (job, bytes) VALUES (0, ?)", arguments: [Data(job.payload)])
        try db.execute(
          sql: """
            INSERT INTO studies (id, submission, name, priority, fresh, total, submitted_at, description)
              VALUES (1, '00000000000000000000000000000001', 's', 0, 0, 1, 1, x'');
            INSERT INTO study_jobs (study, place, job) VALUES (1, 0, 0);
            INSERT INTO attempts (id, job, worker, host, started_at, ended_at, end, message)
              VALUES (1, 0, '\(CoreHarness.worker(1).hex)', 'host', 1, 2, 'nonFiniteLoss', 'it diverged');
            """)
      }
    }
    let journal = try Journal(folder: folder.path)
    let failed = try #require(try journal.failedJobs().first)
    #expect(failed.attempts.map(\.end) == [AttemptEnd(.nonFiniteLoss, "it diverged")])
    #expect((failed.failure.message, failed.failure.details) == ("it diverged", []))
    let status = try #require(try journal.failures(of: StudyID(1), from: 0).jobs.first)
    #expect(status.failure == failed.failure)
    #expect(try journal.load(at: now).jobs.map(\.state) == [.failed])
  }

  @Test("A journal without jobs has no study")
  func empty() throws {
    let queue = try Journal(folder: folder.path).load(at: now)
    #expect(queue.jobs.isEmpty && queue.studies.isEmpty)
  }

  @Test("Results come in pages that are bounded in number and bytes, failures with their histories")
  func pages() throws {
    let journal = try Journal(folder: folder.path)
    let jobs = (0..<10).map(CoreHarness.job)
    let study = StoredStudy(
      id: StudyID(1), submission: .random(), name: "s", priority: 0, isFresh: false, total: 10, submitted: now
    )
    try journal.commit([.studyAdded(study, description: [5])])
    try journal.commit(jobs.enumerated().map { .jobAdded($1, position: $0, firstAttempt: 1) })
    try journal.commit([.jobsJoined(StudyID(1), first: 0, positions: Array((0..<10).reversed()))])
    for position in 0..<10 {
      let record = AttemptRecord(
        id: AttemptID(position + 1), worker: CoreHarness.worker(1), host: "host", started: now)
      let reference = AttemptReference(attempt: record.id, job: jobs[position].id)
      let result = CoreHarness.result([UInt8](repeating: UInt8(position), count: 1000))
      try journal.commit([.attemptStarted(record, position: position)])
      switch position {
      case 0: break
      case 3:
        try journal.commit([
          .attemptEnded(reference, AttemptEnd(.invalidJob, "nonsense"), at: now),
          .jobFailed(position: 3, reason: "it is nonsense", at: now),
        ])
      default: try journal.commit([.result(reference, result, at: now)])
      }
    }
    let first = try journal.outcomes(of: StudyID(1), from: 0, count: 4)
    #expect(first.jobs.map(\.place) == [0, 1, 2, 3] && first.next == 4)
    #expect(first.jobs.map(\.job) == [9, 8, 7, 6].map { jobs[$0].id })
    let small = try journal.outcomes(of: StudyID(1), from: 0, count: 4, bytes: 2500)
    #expect(small.jobs.count == 2 && small.next == 2)
    #expect(try journal.outcomes(of: StudyID(1), from: 5, count: 4, bytes: 10).jobs.map(\.place) == [5])
    let last = try journal.outcomes(of: StudyID(1), from: 6, count: 64)
    #expect(last.jobs.map(\.state) == [.failed, .finished, .finished, .open] && last.next == nil)
    #expect(last.jobs[0].reason == "it is nonsense" && last.jobs[1].bytes.first == 2)
    let failures = try journal.failures(of: StudyID(1), from: 0)
    #expect(failures.jobs.map(\.place) == [6] && failures.next == nil)
    #expect(failures.jobs.first?.attempts.map(\.end) == ["invalidJob"])
    #expect(try journal.description(of: StudyID(1)) == [5])
    #expect(try journal.description(of: StudyID(2)) == nil)
  }

  @Test(
    "A coordinator with 50,000 finished and 50,000 queued jobs starts in seconds", .timeLimit(.minutes(2)))
  func large() throws {
    let count = 100_000
    let journal = try Journal(folder: folder.path)
    let study = StoredStudy(
      id: StudyID(1), submission: .random(), name: "s", priority: 0, isFresh: false, total: count,
      submitted: now)
    try journal.commit([.studyAdded(study, description: [])])
    try journal.database.write { db in
      let numbers = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < \(count - 1))"
      try db.execute(
        sql: """
          \(numbers) INSERT INTO jobs (position, id, state, steps, digest)
            SELECT i, randomblob(32), i % 2, 100, iif(i % 2, randomblob(32), NULL) FROM n;
          INSERT INTO payloads (job, bytes) SELECT position, zeroblob(600) FROM jobs;
          INSERT INTO study_jobs (study, place, job) SELECT 1, position, position FROM jobs;
          INSERT INTO attempts (id, job, worker, host, started_at, ended_at, end, message)
            SELECT position + 1, position, '\(CoreHarness.worker(1).hex)', 'host', 1, 2, 'finished', ''
            FROM jobs WHERE state = 1;
          """)
    }
    let start = ContinuousClock.now
    let core = QueueCore(stored: try journal.load(at: now))
    let taken = ContinuousClock.now - start
    #expect((core.progress.finished, core.progress.queued) == (count / 2, count / 2))
    // Without optimisation; an optimised program takes a tenth.
    #expect(taken < .seconds(15), "\(taken)")
  }
}
