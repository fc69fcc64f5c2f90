import Foundation
import GRDB
import QueueProtocol

/// The attempts of all workers over time, read without changing the journal.
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

  /// All attempts that are over, oldest first; empty if the folder has no journal.
  ///
  /// - Throws: `JournalError`.
  package static func attempts(folder: String) throws(JournalError) -> [Attempt] {
    let path = folder + "/journal.sqlite"
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    var configuration = Configuration()
    configuration.readonly = true
    do {
      return try DatabaseQueue(path: path, configuration: configuration).read { db in
        try CheckedRows(
          db, path: path,
          "SELECT worker, host, started_at, ended_at, end FROM attempts WHERE ended_at IS NOT NULL ORDER BY id"
        ).map { row in
          Attempt(
            worker: try row.text(0, "attempts.worker"), host: try row.text(1, "attempts.host"),
            start: Double(try row.time(2, "attempts.started_at").nanoseconds) / 1e9,
            end: Double(try row.time(3, "attempts.ended_at").nanoseconds) / 1e9,
            isFinished: try row.optionalText(4, "attempts.end") == AttemptEnd.Kind.finished.rawValue)
        }
      }
    } catch {
      throw JournalError(error, path: path, folder: folder)
    }
  }
}
