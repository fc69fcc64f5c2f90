import Digests
import Foundation

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer

/// What the journal of a run that is over says, read through a copy, so that a running one isn't disturbed.
private func journal<Value>(_ folder: String, _ body: (Journal) throws -> Value) throws -> Value? {
  let copy = NSTemporaryDirectory() + "potline-journal-" + UUID().uuidString
  try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: copy) }
  for name in ["journal.sqlite", "journal.sqlite-wal"]
  where FileManager.default.fileExists(atPath: "\(folder)/\(name)") {
    try? FileManager.default.copyItem(atPath: "\(folder)/\(name)", toPath: "\(copy)/\(name)")
  }
  guard FileManager.default.fileExists(atPath: "\(copy)/journal.sqlite") else { return nil }
  guard let journal = try? Journal(folder: copy) else { return nil }
  return try? body(journal)
}

/// Number of finished jobs; 0 if there is no journal yet.
func finishedJobs(_ output: String) throws -> Int {
  try journal(output + "/journal") { journal in
    var count = 0
    try journal.forEachFinishedJob { _ in count += 1 }
    return count
  } ?? 0
}

/// Number of attempts of finished jobs that came after the one that finished.
func attemptsAfterAResult(_ folder: String) throws -> Int? {
  try journal(folder) { journal in
    var jobs: [JobID] = []
    try journal.forEachFinishedJob { jobs.append($0.id) }
    return try jobs.reduce(0) { count, job in
      let attempts = try journal.attempts(of: job)
      // One that began before may end later: a job is given away when its worker is slow to come back.
      guard let end = attempts.filter({ $0.end?.kind == .finished }).compactMap(\.ended).min() else {
        return count
      }
      return count + attempts.count { $0.started > end }
    }
  }
}

/// Gives the open jobs of one run that is over the checkpoint of another run's first open job.
///
/// - Returns: How many jobs were given it.
func copyCheckpoint(from other: String, to output: String) throws -> Int {
  func open(_ journal: Journal) throws -> [StoredJob] {
    try journal.load(at: Instant(nanoseconds: 0)).jobs.filter { $0.state == .open }
  }
  let source = try Journal(folder: other + "/journal")
  let checkpoint = try open(source).lazy.compactMap { try? source.assignment(of: $0.id).checkpoint }.first
  guard let checkpoint else { return 0 }
  let journal = try Journal(folder: output + "/journal")
  let records = try open(journal).compactMap { job in
    job.attempts.last.map { attempt in
      JournalRecord.checkpoint(
        AttemptReference(attempt: attempt.id, job: job.id), checkpoint, at: Instant(nanoseconds: 0))
    }
  }
  try journal.commit(records)
  return records.count
}
