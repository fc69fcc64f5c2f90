import ErrorCategories
import GRDB
import Glibc

/// A journal that cannot be opened, read or written. After a failed write nothing of it was written.
package enum JournalError: CategorizedError, Hashable, Sendable {
  /// Another coordinator uses the folder; its process id if it is known.
  case locked(folder: String, pid: Int?)
  /// The file is not a journal.
  case notAJournal(path: String)
  /// The file is damaged.
  case damaged(path: String, detail: String)
  /// A newer version of the program wrote the file.
  case newerFormat(path: String, format: String)
  /// The journal belongs to another study.
  case otherStudy(path: String)
  /// The disk is full.
  case noSpace(folder: String)
  /// A read or write failed in a way that may pass: an error of the device, or another program that holds the file.
  case failing(path: String, detail: String)
  /// A file or folder cannot be used.
  case unusable(path: String, detail: String)

  /// Whether the same write can succeed later.
  package var isTransient: Bool {
    switch self {
    case .noSpace, .failing: true
    default: false
    }
  }

  /// The meaning of an error of the database.
  ///
  /// - Parameter systemCode: The `errno` behind it, if a system call failed.
  init(_ error: any Error, path: String, folder: String, systemCode: Int32? = nil) {
    switch error {
    case let error as JournalError: self = error
    case let error as DatabaseError:
      switch error.resultCode {
      case .SQLITE_FULL: self = .noSpace(folder: folder)
      case .SQLITE_IOERR, .SQLITE_BUSY: self = .failing(path: path, detail: Self.detail(error, systemCode))
      case .SQLITE_NOTADB: self = .notAJournal(path: path)
      // The statements are right for the schema, so a table, column or row that doesn't fit them is damage.
      case .SQLITE_CORRUPT, .SQLITE_ERROR, .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_TOOBIG,
        .SQLITE_FORMAT:
        self = .damaged(path: path, detail: error.message ?? "\(error.resultCode)")
      default: self = .unusable(path: path, detail: Self.detail(error, systemCode))
      }
    default: self = .damaged(path: path, detail: "\(error)")
    }
  }

  private static func detail(_ error: DatabaseError, _ systemCode: Int32?) -> String {
    guard let systemCode, systemCode != 0 else { return "\(error)" }
    return "\(error) (\(String(cString: strerror(systemCode))))"
  }
}

extension JournalError {
  /// Bad input for a file with other content than it should have, output for the rest.
  package var category: ErrorCategory {
    switch self {
    case .notAJournal, .damaged, .newerFormat: .badInput
    case .locked, .otherStudy, .noSpace, .failing, .unusable: .output
    }
  }

  /// The problem and the remedy.
  package var description: String {
    switch self {
    case .locked(let folder, let pid):
      """
      \(folder) is in use by another coordinator\(pid.map { " (process \($0))" } ?? ""): wait for it, stop it, or use \
      another folder
      """
    case .notAJournal(let path):
      "\(path) is not a journal of potline: use another folder, or move the file away"
    case .damaged(let path, let detail):
      "\(path) is damaged (\(detail)): restore it from a copy, or start anew in another folder"
    case .newerFormat(let path, let format):
      "\(path) was written by a newer version of potline (format \(format)): use that version, or another folder"
    case .otherStudy(let path):
      "\(path) belongs to another study: use another folder, or the study that it was begun with"
    case .noSpace(let folder):
      "no space left on \(folder): free some and start again; nothing acknowledged is lost"
    case .failing(let path, let detail): "cannot read or write \(path) now: \(detail)"
    case .unusable(let path, let detail): "cannot use \(path): \(detail)"
    }
  }
}
