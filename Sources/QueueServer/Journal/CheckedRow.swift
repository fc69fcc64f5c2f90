import Digests
import Foundation
import GRDB
import QueueProtocol

/// A row of a query on the journal. SQLite stores values of any type in any column, and a damaged file does so: each
/// accessor checks the type and range, where GRDB's own subscripts would end the process.
///
/// Columns are named `table.column` for the error, as SQLite doesn't keep the table of a result's column. Each accessor
/// throws `JournalError.damaged`.
struct CheckedRow {
  let row: Row
  /// The journal's file.
  let path: String

  /// Times are 36 years before to 146 years after 1970, so that differences and deadlines can't overflow.
  private static let times: ClosedRange<Int64> = -(1 << 60)...(1 << 62)

  /// An integer within `range`.
  func int(_ index: Int, _ column: String, in range: ClosedRange<Int>) throws(JournalError) -> Int {
    guard case .int64(let number) = value(index).storage else { throw wrongType(index, column, "an integer") }
    guard let number = Int(exactly: number), range.contains(number) else {
      throw damaged(column, "has \(number), which is not \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A number of steps, an identifier, or a place: 0 to `Wire.maximumSteps`.
  func count(_ index: Int, _ column: String) throws(JournalError) -> Int {
    try int(index, column, in: 0...Wire.maximumSteps)
  }

  func time(_ index: Int, _ column: String) throws(JournalError) -> Instant {
    let times = Int(Self.times.lowerBound)...Int(Self.times.upperBound)
    return Instant(nanoseconds: Int64(try int(index, column, in: times)))
  }

  func optionalTime(_ index: Int, _ column: String) throws(JournalError) -> Instant? {
    value(index).isNull ? nil : try time(index, column)
  }

  /// A duration in seconds.
  func seconds(_ index: Int, _ column: String) throws(JournalError) -> Double {
    let number: Double
    switch value(index).storage {
    case .double(let value): number = value
    case .int64(let value): number = Double(value)
    default: throw wrongType(index, column, "a number")
    }
    guard number.isFinite, number >= 0 else {
      throw damaged(column, "has \(number), which is not a duration")
    }
    return number
  }

  func text(_ index: Int, _ column: String) throws(JournalError) -> String {
    guard case .string(let text) = value(index).storage else { throw wrongType(index, column, "text") }
    return text
  }

  func optionalText(_ index: Int, _ column: String) throws(JournalError) -> String? {
    value(index).isNull ? nil : try text(index, column)
  }

  func bytes(_ index: Int, _ column: String) throws(JournalError) -> [UInt8] {
    guard case .blob(let data) = value(index).storage else { throw wrongType(index, column, "bytes") }
    return [UInt8](data)
  }

  func optionalBytes(_ index: Int, _ column: String) throws(JournalError) -> [UInt8]? {
    value(index).isNull ? nil : try bytes(index, column)
  }

  func digest(_ index: Int, _ column: String) throws(JournalError) -> SHA256Digest {
    let bytes = try bytes(index, column)
    guard let digest = SHA256Digest(bytes: bytes) else {
      throw damaged(column, "has a digest of \(bytes.count) bytes instead of 32")
    }
    return digest
  }

  func optionalDigest(_ index: Int, _ column: String) throws(JournalError) -> SHA256Digest? {
    value(index).isNull ? nil : try digest(index, column)
  }

  func worker(_ index: Int, _ column: String) throws(JournalError) -> WorkerID {
    guard let worker = WorkerID(hex: try text(index, column)) else {
      throw damaged(column, "has a text that isn't the identity of a worker")
    }
    return worker
  }

  func state(_ index: Int, _ column: String) throws(JournalError) -> JobState {
    let number = try count(index, column)
    guard let state = JobState(rawValue: number) else {
      throw damaged(column, "has the unknown state \(number)")
    }
    return state
  }

  /// The error of a column whose values contradict others.
  func damaged(_ column: String, _ problem: String) -> JournalError {
    .damaged(path: path, detail: "\(column) \(problem)")
  }

  private func value(_ index: Int) -> DatabaseValue { row[index] }

  private func wrongType(_ index: Int, _ column: String, _ expected: String) -> JournalError {
    let found =
      switch value(index).storage {
      case .null: "no value"
      case .int64: "an integer"
      case .double: "a number with a fraction"
      case .string: "text"
      case .blob: "bytes"
      }
    return damaged(column, "has \(found) instead of \(expected)")
  }
}

/// The rows of a query, one at a time.
struct CheckedRows {
  private let cursor: RowCursor
  private let path: String

  init(_ db: Database, path: String, _ sql: String, _ arguments: StatementArguments = []) throws {
    (cursor, self.path) = (try Row.fetchCursor(db, sql: sql, arguments: arguments), path)
  }

  /// The first row, valid for good; nil if there is none.
  static func first(
    _ db: Database, path: String, _ sql: String, _ arguments: StatementArguments = []
  ) throws -> CheckedRow? {
    try Row.fetchOne(db, sql: sql, arguments: arguments).map { CheckedRow(row: $0, path: path) }
  }

  /// The next row, valid until the one after it is asked for or the rows are released; nil after the last.
  func next() throws -> CheckedRow? { try cursor.next().map { CheckedRow(row: $0, path: path) } }

  /// What `body` makes of each row.
  func map<Value>(_ body: (CheckedRow) throws -> Value) throws -> [Value] {
    var values: [Value] = []
    while let row = try next() { values.append(try body(row)) }
    return values
  }
}
