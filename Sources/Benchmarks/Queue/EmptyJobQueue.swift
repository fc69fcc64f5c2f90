import Foundation
import QueueProtocol

/// A coordinator, and workers that have nothing to do, as processes.
package final class EmptyJobQueue {
  let coordinator: CoordinatorProcess
  let workers: BenchmarkProcess
  private let client: QueueClient
  private var made = 0

  /// Starts the processes; returns when all workers have registered.
  package init(workers count: Int, in folder: String) throws {
    coordinator = try CoordinatorProcess(in: folder)
    workers = try BenchmarkProcess(["bench-process", "queue-workers", coordinator.address, "\(count)"])
    client = try coordinator.client()
    let deadline = ContinuousClock.now + .seconds(60)
    while try client.statuses().queue.workers < count {
      guard ContinuousClock.now < deadline else { throw BenchmarkError("the workers do not register") }
      usleep(10_000)
    }
  }

  /// Submits new jobs and waits until all have their results.
  ///
  /// - Returns: The seconds that it took.
  package func seconds(jobs count: Int) throws -> Double {
    let jobs = EmptyJobs.make(made..<made + count)
    made += count
    let clock = Measurement.monotonicClock()
    let study = try client.submit(Submission(name: "empty", jobs: jobs)).study
    while try client.status(of: study).study.finished < count { usleep(5_000) }
    return clock()
  }

  /// For each line of standard input, a number of jobs, does so many and prints "JOBS SECONDS".
  package func serve() throws {
    _ = try seconds(jobs: 1000)
    try BenchmarkProcess.say("ready")
    while let line = readLine() {
      guard let count = Int(line), count > 0 else { throw BenchmarkError("“\(line)” is no number of jobs") }
      try BenchmarkProcess.say("\(count) \(try seconds(jobs: count))")
    }
  }
}
