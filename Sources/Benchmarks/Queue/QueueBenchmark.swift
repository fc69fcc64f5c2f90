import Foundation

/// The speed of the queue with real sockets, real processes and a journal on the disk.
package struct QueueBenchmark {
  /// The program's version, for the report.
  package let version: String
  /// Whether to measure with a tenth of the jobs.
  package let isQuick: Bool
  /// The jobs of a round of throughput.
  package let jobs: Int
  /// The workers of a round of throughput.
  package let workers: Int
  /// The rounds of throughput.
  package let rounds: Int
  /// The folder in which the journals are made, and removed again.
  package let folder: String

  /// A benchmark with these settings.
  package init(version: String, isQuick: Bool, jobs: Int, workers: Int, rounds: Int, folder: String) {
    (self.version, self.isQuick, self.jobs, self.workers) = (version, isQuick, jobs, workers)
    (self.rounds, self.folder) = (rounds, folder)
  }

  /// Measures the parts, one after the other; calls `note` with what comes next.
  package func run(_ parts: [QueueBenchmarkPart], note: (QueueBenchmarkPart) -> Void) throws -> QueueReport {
    var report = QueueReport(
      version: version, processor: Benchmark.processorName(),
      cores: ProcessInfo.processInfo.activeProcessorCount)
    let share = isQuick ? 10 : 1
    for part in QueueBenchmarkPart.allCases where parts.contains(part) {
      note(part)
      switch part {
      case .throughput: report.throughput = try throughput(jobs: jobs / share)
      case .latency: report.latency = try QueueLatency.measure(jobs: 5000 / share, in: folder)
      case .registration:
        report.registration = try QueueRegistration.measure(workers: 1000 / share, in: folder)
      case .memory: report.memory = try QueueMemory.measure(jobs: 1_000_000 / share, in: folder)
      case .restart: report.restart = try QueueRestart.measure(jobs: 100_000 / share, in: folder)
      }
    }
    return report
  }

  private func throughput(jobs: Int) throws -> QueueThroughputRow {
    let queue = try EmptyJobQueue(workers: workers, in: folder)
    _ = try queue.seconds(jobs: max(1, jobs / 10))
    let speeds = try (0..<rounds).map { _ in Double(jobs) / (try queue.seconds(jobs: jobs)) }
    return QueueThroughputRow(jobs: jobs, workers: workers, rounds: speeds, jobsPerSecond: median(speeds))
  }
}
