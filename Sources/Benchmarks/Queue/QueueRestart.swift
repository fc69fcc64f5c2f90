import Foundation
import Logging
import QueueCore
import QueueProtocol
import QueueServer

/// A coordinator that starts with many finished jobs.
enum QueueRestart {
  /// Bytes of each result.
  private static let resultBytes = 1000

  static func measure(jobs count: Int, in folder: String) throws -> QueueRestartRow {
    let state = "\(folder)/potline-bench-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
    try fill(state, jobs: count)
    let clock = Measurement.monotonicClock()
    let coordinator = try CoordinatorProcess(in: folder, state: state)
    let finished = try coordinator.client().status(of: StudyID(1)).study.finished
    let seconds = clock()
    guard finished == count else { throw BenchmarkError("\(finished) jobs are finished instead of \(count)") }
    return QueueRestartRow(jobs: count, seconds: seconds)
  }

  /// What a coordinator would have written.
  private static func fill(_ state: String, jobs count: Int) throws {
    let journal = try Journal(folder: state)
    let jobs = EmptyJobs.make(0..<count)
    let now = Instant(nanoseconds: EmptyJobs.now())
    let log = Logger(label: "coordinator") { _ in SwiftLogNoOpLogHandler() }
    try Coordinator(journal: journal, log: log).submit(jobs, name: "finished")
    let worker = WorkerID.random()
    for first in stride(from: 0, to: count, by: 5000) {
      var records: [JournalRecord] = []
      for position in first..<min(first + 5000, count) {
        let attempt = AttemptID(position + 1)
        let reference = AttemptReference(attempt: attempt, job: jobs[position].id)
        let result = JobResult(
          bytes: [UInt8](repeating: UInt8(truncatingIfNeeded: position), count: resultBytes), seconds: 1,
          steps: 100)
        records += [
          .attemptStarted(
            AttemptRecord(id: attempt, worker: worker, host: "bench", started: now), position: position),
          .attemptEnded(reference, AttemptEnd(.finished), at: now),
          .result(reference, result, at: now),
        ]
      }
      try journal.commit(records)
    }
  }
}
