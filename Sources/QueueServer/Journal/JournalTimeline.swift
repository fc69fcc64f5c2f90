import Foundation
import GRDB
import QueueProtocol

/// Who tried which job when, read without touching the journal.
package enum JournalTimeline {
  /// One attempt that is over.
  package struct Attempt: Sendable, Equatable {
    /// The worker's identity, in hexadecimal digits.
    package var worker: String
    /// Its host.
    package var host: String
    /// Start in seconds since 1970.
    package var start: Double
    /// End in seconds since 1970.
    package var end: Double
    /// Whether it gave a result.
    package var isFinished: Bool
  }

  /// All attempts that are over, oldest first; empty if the folder has no journal. Throws `DatabaseError` if it can't be
  /// read.
  package static func attempts(folder: String) throws -> [Attempt] {
    let path = folder + "/journal.sqlite"
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    var configuration = Configuration()
    configuration.readonly = true
    return try DatabaseQueue(path: path, configuration: configuration).read { db in
      try Row.fetchAll(
        db,
        sql:
          "SELECT worker, host, started_at, ended_at, end FROM attempts WHERE ended_at IS NOT NULL ORDER BY id"
      ).map { row in
        let (start, end, kind): (Int64, Int64, String?) = (row[2], row[3], row[4])
        return Attempt(
          worker: row[0], host: row[1], start: Double(start) / 1e9, end: Double(end) / 1e9,
          isFinished: kind == AttemptEnd.Kind.finished.rawValue)
      }
    }
  }
}
