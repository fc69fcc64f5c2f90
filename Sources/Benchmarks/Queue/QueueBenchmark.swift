import Foundation
import HostResources
import Logging
import QueueCore
import QueueProtocol
import QueueServer
import ZeroMQ

/// The speed of the queue with real sockets, real processes and a journal on the disk. In this target, as it shares the
/// measurements, processes and tables of the other benchmarks.
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

  package init(version: String, isQuick: Bool, jobs: Int, workers: Int, rounds: Int, folder: String) {
    (self.version, self.isQuick, self.jobs, self.workers) = (version, isQuick, jobs, workers)
    (self.rounds, self.folder) = (rounds, folder)
  }

  /// Measures the parts, one after the other; calls `note` before each.
  package func run(_ parts: [QueueBenchmarkPart], note: (QueueBenchmarkPart) -> Void) throws -> QueueReport {
    var report = QueueReport(
      version: version, processor: Benchmark.processorName(),
      cores: HostResources.current.processors)
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

/// The time from a job's assignment to its start. Two workers: more than one, and few enough for most machines.
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
      else { throw BenchmarkError("expected a job and the time of its start, got '\(start)'") }
      return Double(began - attempt.started.nanoseconds) / 1e6
    }.sorted()
    guard milliseconds.count == count else {
      throw BenchmarkError("\(milliseconds.count) of \(count) jobs began")
    }
    return QueueLatencyRow(
      jobs: count, workers: workers, median: milliseconds[count / 2], p99: milliseconds[count * 99 / 100])
  }
}

/// Many workers that connect and register concurrently, each over its own connection.
enum QueueRegistration {
  static func measure(workers count: Int, in folder: String) throws -> QueueRegistrationRow {
    let coordinator = try CoordinatorProcess(in: folder)
    let context = try Context(maximumSockets: count + 16)
    let messages = try (0..<count).map { _ in try register() }
    let clock = Measurement.monotonicClock()
    var waiting: [Socket] = []
    for message in messages {
      let socket = try Socket(
        .dealer, context: context, options: SocketOptions(maximumMessageSize: Wire.maximumOutcomeBytes))
      try socket.connect(to: coordinator.address, security: .loopback)
      try socket.send(message)
      waiting.append(socket)
    }
    // Keeps the sockets open: closing one would end the registration.
    let all = waiting
    while !waiting.isEmpty {
      guard clock() < 120 else {
        throw BenchmarkError("\(waiting.count) workers got no welcome within 120 s")
      }
      usleep(1_000)
      waiting = try waiting.filter { try !isWelcome($0.receiveNow()) }
    }
    let seconds = clock()
    let registered = try coordinator.client().statuses().queue.workers
    guard registered == all.count else {
      throw BenchmarkError("\(registered) of \(count) workers are registered")
    }
    return QueueRegistrationRow(workers: count, seconds: seconds)
  }

  private static func register() throws -> Message {
    let registration = Registration(
      worker: .random(), host: "bench", pid: Int(getpid()), cores: 1, instructionSet: "", version: "")
    return Message([Frame(Array(try JSONEncoder().encode(Hello(registration: registration))))])
  }

  private static func isWelcome(_ message: Message?) throws -> Bool {
    guard let message else { return false }
    let text = String(decoding: message.frames.first?.bytes ?? [], as: UTF8.self)
    guard text.contains("\"welcome\"") else {
      throw BenchmarkError("expected a welcome for a worker, got: \(text)")
    }
    return true
  }

  /// The header of the protocol's first message.
  private struct Hello: Encodable {
    let registration: Registration

    private enum Keys: String, CodingKey {
      case potline, type
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Keys.self)
      try container.encode(Wire.version, forKey: .potline)
      try container.encode("register", forKey: .type)
      try registration.encode(to: encoder)
    }
  }
}

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
    guard queued == count else { throw BenchmarkError("\(queued) of \(count) jobs are queued") }
    let (now, peak) = try coordinator.residentBytes()
    return QueueMemoryRow(jobs: count, submitSeconds: seconds, residentBytes: now, peakResidentBytes: peak)
  }
}

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
    guard finished == count else { throw BenchmarkError("\(finished) of \(count) jobs are finished") }
    return QueueRestartRow(jobs: count, seconds: seconds)
  }

  /// Writes the journal of a coordinator whose jobs have all finished.
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
