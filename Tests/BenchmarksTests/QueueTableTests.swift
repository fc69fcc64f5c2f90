import Foundation
import Testing

@testable import Benchmarks

@Suite struct QueueTableTests {
  private let report = QueueReport(
    version: "1.2", processor: "P", cores: 2,
    throughput: QueueThroughputRow(
      jobs: 20_000, workers: 32, rounds: [5000, 7000, 6000], jobsPerSecond: 6000),
    latency: QueueLatencyRow(jobs: 5000, workers: 2, median: 0.61, p99: 1.94),
    registration: QueueRegistrationRow(workers: 1000, seconds: 0.87),
    memory: QueueMemoryRow(
      jobs: 1_000_000, submitSeconds: 21, residentBytes: 321_000_000, peakResidentBytes: 345_000_000),
    restart: QueueRestartRow(jobs: 100_000, seconds: 1.23))

  @Test func eachPartIsALine() throws {
    let lines = QueueTable.text(report).split(separator: "\n").map(String.init)
    try #require(lines.count == 6)
    #expect(lines[0].hasPrefix("Potline 1.2, P, 2 cores"))
    #expect(lines[1].hasSuffix("6,000 a second (5,000 to 7,000 in 3 rounds of 20,000, 32 workers)"))
    #expect(lines[2].hasSuffix("0.610 ms in the median, 1.94 ms for 99 % (2 workers)"))
    #expect(lines[3].hasSuffix("1,000 in 0.870 s"))
    #expect(lines[4].contains("1,000,000 in 321 MB of the coordinator (345 MB at most), submitted in 21.0 s"))
    #expect(lines[5].contains("1.23 s with 100,000"))
  }

  @Test func partsThatWereNotMeasuredAreMissing() throws {
    var report = report
    (report.throughput, report.memory) = (nil, nil)
    #expect(QueueTable.text(report).split(separator: "\n").count == 4)
    let data = try JSONEncoder().encode(report)
    #expect(try JSONDecoder().decode(QueueReport.self, from: data) == report)
    #expect(!String(decoding: data, as: UTF8.self).contains("throughput"))
  }

  @Test func emptyJobsDiffer() throws {
    let jobs = EmptyJobs.make(3..<6)
    #expect(Set(jobs.map(\.id)).count == 3)
    #expect(
      jobs.map { String(decoding: $0.payload, as: UTF8.self) } == [
        "empty job 3", "empty job 4", "empty job 5",
      ])
  }
}
