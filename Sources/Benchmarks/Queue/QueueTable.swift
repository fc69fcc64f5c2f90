import TextFormatting

/// The report on the queue as text for people.
package enum QueueTable {
  /// All parts that were measured.
  package static func text(_ report: QueueReport) -> String {
    let lines = [
      report.throughput.map(throughput), report.latency.map(latency),
      report.registration.map {
        (
          "workers that register at once",
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
