/// What `potline bench queue` measured. Parts that were not wanted are missing.
package struct QueueReport: Codable, Sendable, Equatable {
  /// The program's version.
  package var version: String
  /// The processor's name.
  package var processor: String
  /// The cores that this process may use.
  package var cores: Int
  /// Jobs that do nothing.
  package var throughput: QueueThroughputRow?
  /// From the assignment of a job to its start.
  package var latency: QueueLatencyRow?
  /// Many workers that come at once.
  package var registration: QueueRegistrationRow?
  /// Many queued jobs.
  package var memory: QueueMemoryRow?
  /// A start with many finished jobs.
  package var restart: QueueRestartRow?
}

/// The parts of a benchmark of the queue.
package enum QueueBenchmarkPart: String, CaseIterable, Sendable {
  case throughput, latency, registration, memory, restart
}

/// Jobs that do nothing, from their submission until all results are in the journal.
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

/// From the moment at which the coordinator assigns a job until the worker begins it: the commit of the assignment, the
/// way to the worker, and the start of its thread.
package struct QueueLatencyRow: Codable, Sendable, Equatable {
  /// The jobs that were measured.
  package let jobs: Int
  /// The workers.
  package let workers: Int
  /// Milliseconds that half of the jobs stay below.
  package let median: Double
  /// Milliseconds that 99 of 100 jobs stay below.
  package let p99: Double
}

/// Workers that connect and register at once.
package struct QueueRegistrationRow: Codable, Sendable, Equatable {
  /// The workers.
  package let workers: Int
  /// Seconds from the first connection until the last welcome.
  package let seconds: Double
}

/// A coordinator with many queued jobs.
package struct QueueMemoryRow: Codable, Sendable, Equatable {
  /// The jobs.
  package let jobs: Int
  /// Seconds until all of them were acknowledged.
  package let submitSeconds: Double
  /// Its resident memory in bytes once all are queued.
  package let residentBytes: Int
  /// The most that it had until then.
  package let peakResidentBytes: Int
}

/// A coordinator that starts with many finished jobs.
package struct QueueRestartRow: Codable, Sendable, Equatable {
  /// The jobs.
  package let jobs: Int
  /// Seconds from the start of the process until it has answered a client.
  package let seconds: Double
}
