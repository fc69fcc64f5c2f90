import Digests
import Files
import GRDB
import GRDBSQLite
import Glibc
import QueueCore

/// The coordinator's memory: jobs, attempts, checkpoints and results in `journal.sqlite` of the state folder.
///
/// SQLite with `synchronous=FULL`: a commit has reached the disk when it returns, so what was acknowledged after it
/// survives `kill -9` and a power cut. (`NORMAL` would survive the first only.) The price, one fsync per commit, is
/// shared by all messages of a batch. One process at a time may have the folder.
///
/// On a local file system SQLite's log is a write-ahead log (WAL). On a networked one (see `FileSystem`) it is a rollback
/// journal that is truncated at each commit, and the file stays locked: a WAL needs memory that processes share through
/// a file, which such file systems don't keep the same for all.
package final class Journal: Sendable {
  /// The state folder.
  package let folder: String
  let path: String
  let database: DatabaseQueue
  private let lock: FolderLock?
  /// The type of the networked file system that the journal is on; nil for a local one.
  private let networkedFileSystem: String?

  /// "POTL": marks the file as a journal.
  private static let applicationID = 0x504F_544C

  /// Opens the journal of a state folder, or makes one.
  ///
  /// - Parameters:
  ///   - folder: The state folder, which is made if need be.
  ///   - fileSystem: Says on which file system a folder is.
  /// - Throws: `JournalError`, `.unusable` if the file system has no locks.
  package convenience init(
    folder: String, fileSystem: (String) -> FileSystem = FileSystem.of
  ) throws(JournalError) {
    let lock = try Self.take(folder)
    let path = "\(folder)/journal.sqlite"
    let fileSystem = fileSystem(folder)
    var opened: DatabaseQueue?
    do {
      // A connection that changes nothing, not even the journal mode, in case the file is another program's.
      try Self.checkOwnership(of: path, fileSystem)
      let database = try DatabaseQueue(path: path, configuration: Self.configuration(for: fileSystem))
      opened = database
      try Self.setJournalMode(fileSystem.isNetworked ? "truncate" : "wal", of: database, path)
      try self.init(folder: folder, path: path, database: database, lock: lock, fileSystem: fileSystem)
    } catch {
      let code = opened.map { Self.systemCode(of: error, in: $0) } ?? Self.openingFailure(path)
      throw JournalError(error, path: path, folder: folder, systemCode: code)
    }
  }

  /// Why the file can't be opened; nil if it can. SQLite keeps that with a connection, and there is none.
  private static func openingFailure(_ path: String) -> Int32? {
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard file >= 0 else { return errno }
    close(file)
    return nil
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
    try self.init(
      folder: "memory", path: "memory", database: DatabaseQueue(), lock: nil,
      fileSystem: FileSystem(type: "memory"))
  }

  private init(
    folder: String, path: String, database: DatabaseQueue, lock: FolderLock?, fileSystem: FileSystem
  ) throws {
    (self.folder, self.path, self.database, self.lock) = (folder, path, database, lock)
    networkedFileSystem = fileSystem.isNetworked ? fileSystem.type : nil
    try database.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA synchronous = FULL")
      let isNew = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM sqlite_master") == 0
      if isNew { try db.execute(sql: "PRAGMA application_id = \(Self.applicationID)") }
    }
    let migrator = JournalSchema.migrator
    if try database.read({ try migrator.hasBeenSuperseded($0) }) {
      let format = try database.read { db in
        try CheckedRows.first(db, path: path, "SELECT value FROM meta WHERE key = 'format'")?.text(
          0, "meta.value")
      }
      throw JournalError.newerFormat(path: path, format: format ?? "?")
    }
    try migrator.migrate(database)
  }

  /// A note for the log at start about the journal's file system; nil on a local one.
  package var storageNote: String? {
    networkedFileSystem.map {
      "the journal is on a networked file system (\($0)), so it uses a rollback journal and stays locked: commits are slower "
        + "than on a local disk, and only one host at a time may use \(folder)"
    }
  }

  /// With the lock taken for good before the first access, SQLite needs no shared memory, also for a file that another
  /// host has left in WAL mode.
  private static func configuration(for fileSystem: FileSystem) -> Configuration {
    var configuration = Configuration()
    configuration.busyMode = .timeout(5)
    if fileSystem.isNetworked {
      configuration.prepareDatabase { try $0.execute(sql: "PRAGMA locking_mode = EXCLUSIVE") }
    }
    return configuration
  }

  private static func setJournalMode(_ wanted: String, of database: DatabaseQueue, _ path: String) throws {
    let mode = try database.writeWithoutTransaction {
      try String.fetchOne($0, sql: "PRAGMA journal_mode = \(wanted)")
    }
    guard mode == wanted else {
      throw JournalError.unusable(
        path: path, detail: "SQLite stays in the journal mode \(mode ?? "?") instead of \(wanted)")
    }
  }

  private static func checkOwnership(of path: String, _ fileSystem: FileSystem) throws {
    let database = try DatabaseQueue(path: path, configuration: configuration(for: fileSystem))
    defer { try? database.close() }
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
      let row = try CheckedRows.first(db, path: path, "SELECT value FROM meta WHERE key = 'study'")
      let text = try row?.text(0, "meta.value")
      guard let text, SHA256Digest(hex: text) != nil else {
        throw JournalError.damaged(path: path, detail: "meta.value has no digest of a study")
      }
      return text
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
      throw failure(error)
    }
  }

  /// Runs `body`, which only reads, in no transaction: one would take longer than a single statement.
  func look<Value>(_ body: (Database) throws -> Value) throws(JournalError) -> Value {
    do {
      return try database.unsafeRead(body)
    } catch {
      throw failure(error)
    }
  }

  /// An error of this journal's database, with the system's reason if it has one.
  func failure(_ error: any Error) -> JournalError {
    JournalError(error, path: path, folder: folder, systemCode: Self.systemCode(of: error, in: database))
  }

  private static func systemCode(of error: any Error, in database: DatabaseQueue) -> Int32? {
    let result = (error as? DatabaseError)?.resultCode
    guard result == .SQLITE_IOERR || result == .SQLITE_CANTOPEN else { return nil }
    return database.unsafeReentrantRead { sqlite3_system_errno($0.sqliteConnection) }
  }
}
