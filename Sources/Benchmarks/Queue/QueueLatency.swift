import QueueProtocol
import QueueServer

/// From assignment to start, with as many workers as this project's machine has cores for training: two.
enum QueueLatency {
  private static let workers = 2

  static func measure(jobs count: Int, in folder: String) throws -> QueueLatencyRow {
    let queue = try EmptyJobQueue(workers: workers, in: folder)
    _ = try queue.seconds(jobs: 200)
    try queue.workers.send("take")
    _ = try queue.workers.receive()
    _ = try queue.seconds(jobs: count)
    try queue.workers.send("take")
    let starts = try queue.workers.receive().split(separator: ";")
    queue.coordinator.stop()
    let journal = try Journal(folder: queue.coordinator.folder)
    let milliseconds = try starts.map { start in
      let parts = start.split(separator: "=")
      guard parts.count == 2, let began = Int64(parts[1]),
        let attempt = try journal.attempts(of: JobID(ofPayload: Array(parts[0].utf8))).last
      else { throw BenchmarkError("“\(start)” is not a job that began") }
      return Double(began - attempt.started.nanoseconds) / 1e6
    }.sorted()
    guard milliseconds.count == count else {
      throw BenchmarkError("\(milliseconds.count) jobs began instead of \(count)")
    }
    return QueueLatencyRow(
      jobs: count, workers: workers, median: milliseconds[count / 2], p99: milliseconds[count * 99 / 100])
  }
}
