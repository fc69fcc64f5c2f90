import QueueProtocol

/// A coordinator with many queued jobs.
enum QueueMemory {
  static func measure(jobs count: Int, in folder: String) throws -> QueueMemoryRow {
    let coordinator = try CoordinatorProcess(in: folder)
    let client = try coordinator.client()
    let submission = Submission(name: "many", jobs: EmptyJobs.make(0..<count))
    let clock = Measurement.monotonicClock()
    let study = try client.submit(submission).study
    let seconds = clock()
    let queued = try client.status(of: study).study.queued
    guard queued == count else { throw BenchmarkError("\(queued) jobs are queued instead of \(count)") }
    let (now, peak) = try coordinator.residentBytes()
    return QueueMemoryRow(jobs: count, submitSeconds: seconds, residentBytes: now, peakResidentBytes: peak)
  }
}
