import Digests
import Files
import Foundation
import GRDB
import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

@Suite("Journal")
struct JournalTests {
  let folder: TemporaryFolder
  let now = Instant(nanoseconds: 5_000_000_000)

  init() throws { folder = try TemporaryFolder() }

  private func record(_ number: Int) -> AttemptRecord {
    AttemptRecord(id: AttemptID(number), worker: CoreHarness.worker(number), host: "host", started: now)
  }

  private func reference(_ attempt: Int, _ job: Int) -> AttemptReference {
    AttemptReference(attempt: AttemptID(attempt), job: CoreHarness.job(job).id)
  }

  private func study(total: Int) -> StoredStudy {
    StoredStudy(
      id: StudyID(1), submission: SubmissionID(.of([1])), name: "study", priority: 3, isFresh: false,
      total: total, submitted: now)
  }

  private func fill(_ journal: Journal, jobs: Int = 4) throws {
    try journal.commit([.studyAdded(study(total: jobs), description: [1, 2, 3])])
    try journal.commit((0..<jobs).map { .jobAdded(CoreHarness.job($0), position: $0, firstAttempt: 1) })
    try journal.commit([
      .jobsJoined(StudyID(1), first: 0, positions: Array(0..<jobs)),
      .attemptStarted(record(1), position: 0),
      .attemptEnded(reference(1, 0), AttemptEnd(.finished), at: now),
      .result(reference(1, 0), CoreHarness.result([1, 2]), at: now),
      .attemptStarted(record(2), position: 1),
      .attemptEnded(reference(2, 1), AttemptEnd(.invalidJob, "nonsense", details: [1, 0, 255]), at: now),
      .jobFailed(position: 1, reason: "nonsense", at: now),
      .attemptStarted(record(3), position: 2),
      .checkpoint(reference(3, 2), Checkpoint(step: 10, bytes: [1]), at: now),
      .checkpoint(reference(3, 2), Checkpoint(step: 20, bytes: [2]), at: now),
    ])
  }

  @Test("Everything is there after it was opened again; attempts that ran have ended without blame")
  func reopen() throws {
    do { try fill(Journal(folder: folder.path)) }
    let journal = try Journal(folder: folder.path)
    let queue = try journal.load(at: now)
    let (jobs, nextAttempt) = (queue.jobs, queue.nextAttempt)
    #expect(nextAttempt == 4)
    #expect(jobs.map(\.id) == (0..<4).map { CoreHarness.job($0).id })
    #expect(jobs.map(\.state) == [.finished(CoreHarness.result([1, 2]).digest), .failed, .open, .open])
    #expect(jobs.map(\.steps) == [100, 0, 20, 0])
    #expect(jobs.map(\.attempts.count) == [0, 1, 1, 0])
    #expect(jobs[1].attempts[0].end == AttemptEnd(.invalidJob, "nonsense", details: [1, 0, 255]))
    #expect(jobs[2].attempts[0].end?.kind == .coordinatorRestarted)
    #expect(jobs[2].attempts[0].worker == CoreHarness.worker(3))

    let (payload, checkpoint) = try journal.assignment(of: CoreHarness.job(2).id)
    #expect(payload == [2])
    #expect(checkpoint == Checkpoint(step: 20, bytes: [2]))
    #expect(try journal.assignment(of: CoreHarness.job(3).id).checkpoint == nil)

    var finished: [FinishedJob] = []
    try journal.forEachFinishedJob { finished.append($0) }
    #expect(finished.map(\.position) == [0])
    #expect(finished.first?.result == CoreHarness.result([1, 2]))
    #expect(try journal.result(of: CoreHarness.job(0).id) == CoreHarness.result([1, 2]))
    #expect(try journal.result(of: CoreHarness.job(1).id) == nil)
    #expect(try journal.failedJobs().map(\.reason) == ["nonsense"])
    #expect(try journal.failedJobs().map(\.failure.details) == [[1, 0, 255]])
    #expect(try journal.failures(of: StudyID(1), from: 0).jobs.map(\.failure.details) == [[1, 0, 255]])
    #expect(try journal.jobCount() == 4)

    let core = QueueCore(stored: queue)
    try core.checkInvariants()
    #expect((core.progress.finished, core.progress.failed, core.progress.queued) == (1, 1, 2))
    #expect(core.progress.steps == 120)
  }

  @Test("There is at most one checkpoint of a job, and none when it has ended")
  func oneCheckpoint() throws {
    let journal = try Journal(folder: folder.path)
    try fill(journal)
    func count() throws -> Int? {
      try journal.database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM checkpoints") }
    }
    #expect(try count() == 1)
    try journal.commit([.result(reference(3, 2), CoreHarness.result(), at: now)])
    #expect(try count() == 0)
  }

  @Test("A batch is written whole or not at all")
  func atomic() throws {
    let journal = try Journal(folder: folder.path)
    try fill(journal)
    let batch: [JournalRecord] = [
      .jobAdded(CoreHarness.job(10), position: 4, firstAttempt: 1), .attemptStarted(record(4), position: 4),
      .result(reference(1, 0), CoreHarness.result(), at: now),
      .jobAdded(CoreHarness.job(11), position: 5, firstAttempt: 1),
    ]
    #expect(throws: JournalError.self) { try journal.commit(batch) }
    #expect(try journal.jobCount() == 4)
    #expect(try journal.load(at: now).nextAttempt == 4)
    try journal.commit([.jobAdded(CoreHarness.job(10), position: 4, firstAttempt: 1)])
    #expect(try journal.jobCount() == 5)
  }

  @Test("A commit is on the disk when it returns: WAL and synchronous=FULL")
  func durable() throws {
    let journal = try Journal(folder: folder.path)
    let (mode, synchronous) = try journal.database.read { db in
      (try String.fetchOne(db, sql: "PRAGMA journal_mode"), try Int.fetchOne(db, sql: "PRAGMA synchronous"))
    }
    #expect(mode == "wal")
    #expect(synchronous == 2)
  }

  @Test(
    "On a networked file system: a rollback journal, no shared memory, and the same content as before and after"
  )
  func networked() throws {
    let nfs: (String) -> FileSystem = { _ in FileSystem(type: "nfs4") }
    // A WAL that a killed process left behind.
    let left = try TemporaryFolder()
    do {
      let journal = try Journal(folder: left.path)
      try fill(journal)
      #expect(journal.storageNote == nil)
      for name in ["journal.sqlite", "journal.sqlite-wal"] {
        try FileManager.default.copyItem(atPath: left.file(name), toPath: folder.file(name))
      }
    }
    for _ in 0..<2 {
      let journal = try Journal(folder: folder.path, fileSystem: nfs)
      #expect(journal.storageNote != nil)
      let (mode, locking, synchronous) = try journal.database.read { db in
        (
          try String.fetchOne(db, sql: "PRAGMA journal_mode"),
          try String.fetchOne(db, sql: "PRAGMA locking_mode"),
          try Int.fetchOne(db, sql: "PRAGMA synchronous")
        )
      }
      #expect(mode == "truncate" && locking == "exclusive" && synchronous == 2)
      #expect(try journal.load(at: now).jobs.count == 4)
      try journal.claim(study: SHA256Digest.of([1]))
      #expect(!FileManager.default.fileExists(atPath: folder.file("journal.sqlite-shm")))
      #expect(!FileManager.default.fileExists(atPath: folder.file("journal.sqlite-wal")))
      // Nobody else may read it meanwhile.
      let path = folder.file("journal.sqlite")
      #expect(throws: DatabaseError.self) {
        try DatabaseQueue(path: path).read { try Int.fetchOne($0, sql: "SELECT count(*) FROM jobs") }
      }
    }
    let local = try Journal(folder: folder.path)
    #expect(try local.load(at: now).jobs.count == 4)
    #expect(try local.database.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "wal")
  }

  @Test("A second coordinator on the folder is told who has it, and may come when that has gone")
  func locked() throws {
    do {
      let journal = try Journal(folder: folder.path)
      let error = JournalError.locked(folder: folder.path, pid: Int(getpid()))
      #expect(throws: error) { try Journal(folder: folder.path) }
      #expect(error.description.contains("\(getpid())"))
      try fill(journal)
    }
    #expect(try Journal(folder: folder.path).jobCount() == 4)
  }

  @Test("A damaged file is called damaged")
  func damaged() throws {
    do { try fill(Journal(folder: folder.path), jobs: 200) }
    let path = folder.file("journal.sqlite")
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    for index in 100..<bytes.count { bytes[index] = UInt8(truncatingIfNeeded: index &* 7) }
    try bytes.write(to: URL(fileURLWithPath: path))
    let error = #expect(throws: JournalError.self) { try Journal(folder: folder.path).load(at: now) }
    guard case .damaged(path, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("A result that changed on the disk is noticed when it is read")
  func changedResult() throws {
    let journal = try Journal(folder: folder.path)
    try fill(journal)
    try journal.database.write { try $0.execute(sql: "UPDATE results SET bytes = x'0103'") }
    #expect(throws: JournalError.self) { try journal.forEachFinishedJob { _ in } }
    #expect(throws: JournalError.self) { try journal.result(of: CoreHarness.job(0).id) }
  }

  @Test("A file that is no database, or another program's, is left alone", arguments: [true, false])
  func foreign(isDatabase: Bool) throws {
    let path = folder.file("journal.sqlite")
    if isDatabase {
      try DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE other (x)") }
    } else {
      try Data("This is a letter, long enough to be none of SQLite's headers; dear reader.".utf8)
        .write(to: URL(fileURLWithPath: path))
    }
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(throws: JournalError.notAJournal(path: path)) { try Journal(folder: folder.path) }
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
  }

  @Test("A newer format is refused")
  func newer() throws {
    do {
      let journal = try Journal(folder: folder.path)
      try journal.database.write { db in
        try db.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('4')")
        try db.execute(sql: "UPDATE meta SET value = '4' WHERE key = 'format'")
      }
    }
    #expect(throws: JournalError.newerFormat(path: folder.file("journal.sqlite"), format: "4")) {
      try Journal(folder: folder.path)
    }
  }

  @Test("A journal belongs to one study")
  func claim() throws {
    let journal = try Journal(folder: folder.path)
    try journal.claim(study: SHA256Digest.of([1]))
    try journal.claim(study: SHA256Digest.of([1]))
    #expect(throws: JournalError.otherStudy(path: folder.file("journal.sqlite"))) {
      try journal.claim(study: SHA256Digest.of([2]))
    }
  }

  @Test("When there is no space nothing of a batch is written, and the same batch goes in when there is")
  func noSpace() throws {
    let journal = try Journal(folder: folder.path)
    try fill(journal)
    func limit(_ pages: Int) throws {
      _ = try journal.database.writeWithoutTransaction {
        try Int.fetchOne($0, sql: "PRAGMA max_page_count = \(pages)")
      }
    }
    let batch: [JournalRecord] = [
      .jobAdded(CoreHarness.job(10), position: 4, firstAttempt: 1),
      .checkpoint(
        reference(3, 2), Checkpoint(step: 30, bytes: [UInt8](repeating: 1, count: 1 << 20)), at: now),
    ]
    try limit(1)
    let error = #expect(throws: JournalError.noSpace(folder: folder.path)) { try journal.commit(batch) }
    #expect(error?.isTransient == true)
    #expect(try journal.jobCount() == 4)
    try limit(1 << 20)
    try journal.commit(batch)
    #expect(try journal.jobCount() == 5)
    #expect(try journal.assignment(of: CoreHarness.job(2).id).checkpoint?.step == 30)
  }

  @Test("A folder that cannot be made is named")
  func badFolder() throws {
    try Data().write(to: URL(fileURLWithPath: folder.file("file")))
    let path = folder.file("file/below")
    let error = #expect(throws: JournalError.self) { try Journal(folder: path) }
    #expect(error?.description.contains(path) == true)
  }
}
