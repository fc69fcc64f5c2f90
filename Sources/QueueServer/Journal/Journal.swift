import Digests
import Files
import GRDB
import QueueCore

/// The coordinator's memory: jobs, attempts, checkpoints and results in `journal.sqlite` of the state folder.
///
/// SQLite in WAL mode with `synchronous=FULL`: a commit has reached the disk when it returns, so what was acknowledged
/// after it survives `kill -9` and a power cut. (`NORMAL` would survive the first only.) The price, one fsync per
/// commit, is shared by all messages of a batch. One process at a time may have the folder.
package final class Journal: Sendable {
  /// The state folder.
  package let folder: String
  let path: String
  let database: DatabaseQueue
  private let lock: FolderLock?

  /// "POTL": marks the file as a journal.
  private static let applicationID = 0x504F_544C

  /// Opens the journal of a state folder, or makes one.
  ///
  /// - Throws: `JournalError`.
  package convenience init(folder: String) throws(JournalError) {
    let lock = try Self.take(folder)
    let path = "\(folder)/journal.sqlite"
    var configuration = Configuration()
    configuration.journalMode = .wal
    configuration.busyMode = .timeout(5)
    do {
      // A connection that changes nothing, not even the journal mode, in case the file is another program's.
      try Self.checkOwnership(DatabaseQueue(path: path), path)
      let database = try DatabaseQueue(path: path, configuration: configuration)
      try self.init(folder: folder, path: path, database: database, lock: lock)
    } catch {
      throw JournalError(error, path: path, folder: folder)
    }
  }

  private static func take(_ folder: String) throws(JournalError) -> FolderLock {
    let attempt: FolderLock.Attempt
    do throws(FileError) {
      attempt = try FolderLock.take(folder)
    } catch {
      throw .unusable(path: error.path, detail: error.problem)
    }
    switch attempt {
    case .taken(let lock): return lock
    case .held(let processID): throw .locked(folder: folder, pid: processID)
    }
  }

  /// A journal that is lost with the process.
  convenience init() throws {
    try self.init(folder: "memory", path: "memory", database: DatabaseQueue(), lock: nil)
  }

  private init(folder: String, path: String, database: DatabaseQueue, lock: FolderLock?) throws {
    (self.folder, self.path, self.database, self.lock) = (folder, path, database, lock)
    try database.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA synchronous = FULL")
      let isNew = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM sqlite_master") == 0
      if isNew { try db.execute(sql: "PRAGMA application_id = \(Self.applicationID)") }
    }
    let migrator = JournalSchema.migrator
    if try database.read({ try migrator.hasBeenSuperseded($0) }) {
      let format = try database.read { db in
        try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'format'")
      }
      throw JournalError.newerFormat(path: path, format: format ?? "?")
    }
    try migrator.migrate(database)
  }

  private static func checkOwnership(_ database: DatabaseQueue, _ path: String) throws {
    let isOwn = try database.read { db in
      try Int.fetchOne(db, sql: "PRAGMA application_id") == applicationID
        || Int.fetchOne(db, sql: "SELECT COUNT(*) FROM sqlite_master") == 0
    }
    if !isOwn { throw JournalError.notAJournal(path: path) }
  }

  /// Binds the journal to a study at its first use, and checks it at each later one.
  ///
  /// - Throws: `JournalError.otherStudy`, or another `JournalError`.
  package func claim(study: SHA256Digest) throws(JournalError) {
    let known = try access { db in
      try db.execute(
        sql: "INSERT OR IGNORE INTO meta (key, value) VALUES ('study', ?)", arguments: [study.hex])
      return try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'study'")
    }
    if known != study.hex { throw .otherStudy(path: path) }
  }

  /// Writes all records, or none if it throws. When it returns they are on the disk.
  ///
  /// - Throws: `JournalError`.
  /// - Complexity: O(bytes), and one fsync.
  package func commit(_ records: [JournalRecord]) throws(JournalError) {
    if records.isEmpty { return }
    try access { db in for record in records { try record.write(to: db) } }
  }

  /// Runs `body` in one transaction that is rolled back if it throws.
  func access<Value>(_ body: (Database) throws -> Value) throws(JournalError) -> Value {
    do {
      return try database.write(body)
    } catch {
      throw JournalError(error, path: path, folder: folder)
    }
  }

  /// Runs `body`, which only reads, in no transaction: one would take longer than a single statement.
  func look<Value>(_ body: (Database) throws -> Value) throws(JournalError) -> Value {
    do {
      return try database.unsafeRead(body)
    } catch {
      throw JournalError(error, path: path, folder: folder)
    }
  }
}
