import Digests
import ErrorCategories
import Foundation
import FuzzSupport
import GRDB
import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer

/// A damaged journal gives an error that names the file, or loads without contradictions; it never ends the process.
@Suite("Damaged journals", .timeLimit(.minutes(10)))
struct DamagedJournalTests {
  let folder: TemporaryFolder
  private var path: String { folder.file("journal.sqlite") }

  init() throws { folder = try TemporaryFolder() }

  /// The bytes of a journal with something in each table and each state of a job.
  private func template() throws -> [UInt8] {
    let now = Instant(nanoseconds: 5_000_000_000)
    func reference(_ attempt: Int, _ job: Int) -> AttemptReference {
      AttemptReference(attempt: AttemptID(attempt), job: CoreHarness.job(job).id)
    }
    func started(_ attempt: Int, _ job: Int) -> JournalRecord {
      .attemptStarted(
        AttemptRecord(
          id: AttemptID(attempt), worker: CoreHarness.worker(attempt), host: "host", started: now),
        position: job)
    }
    let folder = try TemporaryFolder()
    do {
      let journal = try Journal(folder: folder.path)
      try journal.claim(study: SHA256Digest.of([9]))
      for number in 1...2 {
        let study = StoredStudy(
          id: StudyID(number), submission: SubmissionID(.of([UInt8(number)])), name: "study \(number)",
          priority: number, isFresh: number == 2, total: number == 1 ? 6 : 3, submitted: now)
        try journal.commit([.studyAdded(study, description: [1, 2, 3])])
      }
      try journal.commit((0..<8).map { .jobAdded(CoreHarness.job($0), position: $0, firstAttempt: 1) })
      try journal.commit([
        .jobsJoined(StudyID(1), first: 0, positions: Array(0..<6)),
        .jobsJoined(StudyID(2), first: 0, positions: [5, 6, 7]),
        started(1, 0), .attemptEnded(reference(1, 0), AttemptEnd(.finished), at: now),
        .result(reference(1, 0), CoreHarness.result([1, 2]), at: now),
        started(2, 1),
        .attemptEnded(reference(2, 1), AttemptEnd(.invalidJob, "nonsense", details: [1, 0, 255]), at: now),
        .jobFailed(position: 1, reason: "nonsense", at: now),
        started(3, 2), .checkpoint(reference(3, 2), Checkpoint(step: 20, bytes: [2]), at: now),
        started(4, 3), .attemptEnded(reference(4, 3), AttemptEnd(.finished), at: now),
        .candidate(reference(4, 3), CoreHarness.result([3]), CoreHarness.worker(4), at: now),
        .workerDistrusted(CoreHarness.worker(2), host: "host", reason: "wrong", at: now),
        .studyCancelled(StudyID(2), at: now),
      ])
      // The file holds everything, without the log beside it.
      try journal.database.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
    }
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.file("journal.sqlite"))))
  }

  private func removeAll() {
    for suffix in ["", "-wal", "-shm", "-journal"] {
      try? FileManager.default.removeItem(atPath: path + suffix)
    }
  }

  /// Opens the journal as a coordinator does, and reads all that clients can ask for.
  private func read() throws {
    defer {
      for suffix in ["-wal", "-shm", "-journal"] {
        try? FileManager.default.removeItem(atPath: path + suffix)
      }
    }
    let journal = try Journal(folder: folder.path)
    try journal.claim(study: SHA256Digest.of([9]))
    let coordinator = try Coordinator(journal: journal, log: quiet)
    defer { coordinator.socket.close() }
    _ = try JournalTimeline.attempts(folder: folder.path)
    try journal.forEachFinishedJob { _ = $0.result.bytes }
    _ = try journal.failedJobs()
    for number in 0..<8 {
      _ = try journal.attempts(of: CoreHarness.job(number).id)
      _ = try journal.result(of: CoreHarness.job(number).id)
      _ = try journal.assignment(position: number)
    }
    for study in 1...2 {
      _ = try journal.description(of: StudyID(study))
      _ = try journal.outcomes(of: StudyID(study), from: 0, count: 64)
      _ = try journal.failures(of: StudyID(study), from: 0)
    }
  }

  /// The error's text if it doesn't name the file, or blames something else than the file.
  private func finding(_ error: any Error) -> String? {
    let isInput = (error as? any CategorizedError)?.category == .badInput
    return isInput && "\(error)".contains(path) ? nil : "\(type(of: error)): \(error)"
  }

  @Test("The undamaged journal is read")
  func undamaged() throws {
    try Data(try template()).write(to: URL(fileURLWithPath: path))
    try read()
  }

  @Test("Cells of another type or value, missing and surplus rows", arguments: 1..<5 as Range<UInt64>)
  func cells(seed: UInt64) throws {
    let template = try template()
    var random = SplitMix64(seed: seed)
    var (refused, findings) = (0, [String]())
    for number in 0..<150 {
      removeAll()
      try Data(template).write(to: URL(fileURLWithPath: path))
      var damage: [String] = []
      do {
        let database = try DatabaseQueue(path: path)
        try database.writeWithoutTransaction { db in
          try allowEverything(db)
          for _ in 0..<Int.random(in: 1...3, using: &random) {
            let sql = try statement(db, &random)
            // A statement that SQLite refuses, such as one that repeats a key, damages nothing.
            if (try? db.execute(sql: sql)) != nil { damage.append(sql) }
          }
        }
        try database.close()
      }
      do {
        try read()
      } catch {
        refused += 1
        if let finding = finding(error) {
          findings.append("seed \(seed), journal \(number), \(damage): \(finding)")
        }
      }
    }
    #expect(findings.isEmpty, "\(findings.prefix(3).joined(separator: "\n"))")
    #expect(refused > 50, "seed \(seed): \(refused) of 150 were refused")
  }

  /// Removes the constraints of the schema, which a damaged file doesn't keep either.
  private func allowEverything(_ db: Database) throws {
    try db.execute(sql: "PRAGMA foreign_keys = OFF; PRAGMA writable_schema = ON")
    try db.execute(
      sql: """
        UPDATE sqlite_master SET sql = replace(sql, 'NOT NULL', '') WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
          AND sql NOT LIKE '%WITHOUT ROWID%';
        PRAGMA writable_schema = RESET
        """)
  }

  private func statement(_ db: Database, _ random: inout SplitMix64) throws -> String {
    let tables = try String.fetchAll(
      db,
      sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    let table = tables[Int.random(in: 0..<tables.count, using: &random)]
    let columns = try db.columns(in: table).map(\.name)
    let column = columns[Int.random(in: 0..<columns.count, using: &random)]
    let values = [
      "NULL", "-1", "0", "1", "3", "4", "77", "1.5", "9e999", "'text'", "''", "x''", "x'ff'", "zeroblob(32)",
      "zeroblob(31)",
      "9223372036854775807", "-9223372036854775808", "4611686018427387904", "17592186044417", "2147483648",
      "'00000000000000000000000000000000'", "'finished'", "cast(x'ff00fe' AS TEXT)",
    ]
    let value = values[Int.random(in: 0..<values.count, using: &random)]
    let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? 0
    let chosen = Int.random(in: 0...max(0, count - 1), using: &random)
    // WITHOUT ROWID tables have no rowid; the first column of each table tells its rows apart.
    let key = "(\(columns[0])) IN (SELECT \(columns[0]) FROM \(table) LIMIT 1 OFFSET \(chosen))"
    switch Int.random(in: 0..<8, using: &random) {
    case 0: return "DELETE FROM \(table) WHERE \(key)"
    case 1: return "DELETE FROM \(table)"
    case 2:
      let copied = columns.map { $0 == column ? value : $0 }.joined(separator: ", ")
      return "INSERT INTO \(table) SELECT \(copied) FROM \(table) WHERE \(key)"
    case 3: return "UPDATE \(table) SET \(column) = \(value)"
    default: return "UPDATE \(table) SET \(column) = \(value) WHERE \(key)"
    }
  }

  @Test("Changed, missing and surplus bytes of the file", arguments: 11..<13 as Range<UInt64>)
  func bytes(seed: UInt64) throws {
    let findings = try Fuzzing.damage(path: path, corpus: [try template()], seed: seed, count: 300) {
      try read()
    }
    #expect(findings.isEmpty, "\(findings.joined(separator: "\n"))")
  }
}
