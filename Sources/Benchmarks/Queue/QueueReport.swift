import TextFormatting

/// The results of `potline bench queue`; nil for parts that were not measured.
package struct QueueReport: Codable, Sendable, Equatable {
  /// The program's version.
  package var version: String
  /// The processor's name.
  package var processor: String
  /// The cores that this process may use.
  package var cores: Int
  package var throughput: QueueThroughputRow?
  package var latency: QueueLatencyRow?
  package var registration: QueueRegistrationRow?
  package var memory: QueueMemoryRow?
  package var restart: QueueRestartRow?
}

/// The parts of a benchmark of the queue.
package enum QueueBenchmarkPart: String, CaseIterable, Sendable {
  case throughput, latency, registration, memory, restart
}

/// Empty jobs, from their submission until all results are in the journal.
package struct QueueThroughputRow: Codable, Sendable, Equatable {
  /// The jobs of a round.
  package let jobs: Int
  /// The workers, all in one process.
  package let workers: Int
  /// Jobs per second of each round.
  package let rounds: [Double]
  /// Their median.
  package let jobsPerSecond: Double
}

/// The time from the coordinator's assignment of a job to its start in the worker: the commit of the assignment, the message,
/// and the start of a thread.
package struct QueueLatencyRow: Codable, Sendable, Equatable {
  /// The jobs that were measured.
  package let jobs: Int
  package let workers: Int
  /// The median in milliseconds.
  package let median: Double
  /// The 99th percentile in milliseconds.
  package let p99: Double
}

/// Workers that connect and register concurrently.
package struct QueueRegistrationRow: Codable, Sendable, Equatable {
  package let workers: Int
  /// Seconds from the first connection until the last welcome.
  package let seconds: Double
}

/// A coordinator with many queued jobs.
package struct QueueMemoryRow: Codable, Sendable, Equatable {
  package let jobs: Int
  /// Seconds until all of them were acknowledged.
  package let submitSeconds: Double
  /// Its resident memory in bytes once all are queued.
  package let residentBytes: Int
  /// Its peak until then.
  package let peakResidentBytes: Int
}

/// A coordinator that starts with many finished jobs.
package struct QueueRestartRow: Codable, Sendable, Equatable {
  package let jobs: Int
  /// Seconds from the start of the process until it has answered a client.
  package let seconds: Double
}

/// The report on the queue as text.
package enum QueueTable {
  package static func text(_ report: QueueReport) -> String {
    let lines = [
      report.throughput.map(throughput), report.latency.map(latency),
      report.registration.map {
        (
          "workers registering concurrently",
          "\(BenchmarkTable.whole(Double($0.workers))) in \(seconds($0.seconds))"
        )
      },
      report.memory.map(memory),
      report.restart.map {
        (
          "start with finished jobs",
          "\(seconds($0.seconds)) with \(BenchmarkTable.whole(Double($0.jobs))), until a client has its answer"
        )
      },
    ].compactMap { $0 }
    let title = """
      Potline \(report.version), \(report.processor), \(report.cores) cores; coordinator, workers and client are \
      processes that share them, the journal is on the disk:
      """
    return ([title] + TextTable.aligned(lines.map { [$0.0, $0.1] }, left: [0, 1])).joined(separator: "\n")
  }

  private static func throughput(_ row: QueueThroughputRow) -> (String, String) {
    let range =
      "\(BenchmarkTable.whole(row.rounds.min() ?? 0)) to \(BenchmarkTable.whole(row.rounds.max() ?? 0))"
    return (
      "empty jobs",
      "\(BenchmarkTable.whole(row.jobsPerSecond)) a second (\(range) in \(row.rounds.count) rounds of "
        + "\(BenchmarkTable.whole(Double(row.jobs))), \(row.workers) workers)"
    )
  }

  private static func latency(_ row: QueueLatencyRow) -> (String, String) {
    (
      "from assignment to start",
      "\(BenchmarkTable.number(row.median)) ms in the median, \(BenchmarkTable.number(row.p99)) ms for 99 % "
        + "(\(row.workers) workers)"
    )
  }

  private static func memory(_ row: QueueMemoryRow) -> (String, String) {
    (
      "queued jobs",
      "\(BenchmarkTable.whole(Double(row.jobs))) in \(BenchmarkTable.megabytes(row.residentBytes)) of the coordinator "
        + "(\(BenchmarkTable.megabytes(row.peakResidentBytes)) at most), submitted in \(seconds(row.submitSeconds))"
    )
  }

  private static func seconds(_ value: Double) -> String { BenchmarkTable.number(value) + " s" }
}
