import Files
import Foundation
import Logging
import QueueProtocol
import QueueWorker
import Synchronization

/// A coordinator and workers of empty jobs, as processes.
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
      guard ContinuousClock.now < deadline else {
        throw BenchmarkError("the workers didn't register within 60 s")
      }
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

  /// Reads numbers of jobs from standard input, one a line; runs that number of jobs and prints "JOBS SECONDS".
  package func serve() throws {
    _ = try seconds(jobs: 1000)
    try BenchmarkProcess.say("ready")
    while let line = readLine() {
      guard let count = Int(line), count > 0 else {
        throw BenchmarkError("expected a number of jobs, got '\(line)'")
      }
      try BenchmarkProcess.say("\(count) \(try seconds(jobs: count))")
    }
  }
}

/// Jobs that do nothing.
enum EmptyJobs {
  /// Different jobs, whose payloads are their numbers as text.
  static func make(_ numbers: Range<Int>) -> [NewJob] {
    numbers.map { NewJob(payload: Array("empty job \($0)".utf8)) }
  }

  /// Nanoseconds since 1970.
  static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}

/// Ends each job immediately and records its start.
final class EmptyJobRunner: JobRunner {
  private let starts = Mutex<[(payload: [UInt8], nanoseconds: Int64)]>([])

  func run(_ job: JobInput, context: JobContext) throws -> [UInt8] {
    let now = EmptyJobs.now()
    starts.withLock { $0.append((job.payload, now)) }
    return []
  }

  /// The starts since the last call: "PAYLOAD=NANOSECONDS;...".
  func takeStarts() -> String {
    starts.withLock { starts in
      defer { starts = [] }
      return starts.map { "\(String(decoding: $0.payload, as: UTF8.self))=\($0.nanoseconds)" }
        .joined(separator: ";")
    }
  }
}

/// Workers of empty jobs, all in this process, each with its own threads and connection.
package enum EmptyJobWorkers {
  /// Serves until standard input ends; for each line of it, prints the starts of jobs since the line before.
  package static func serve(address: String, count: Int) throws {
    let runner = EmptyJobRunner()
    let handles = Mutex<[StopHandle]>([])
    let ended = DispatchGroup()
    for _ in 0..<count {
      ended.enter()
      Thread.detachNewThread {
        defer { ended.leave() }
        do {
          var configuration = Worker.Configuration(address: address)
          configuration.id = .random()
          let log = Logger(label: "worker") { _ in SwiftLogNoOpLogHandler() }
          let worker = try Worker(configuration, runner: runner, log: log)
          handles.withLock { $0.append(worker.stopHandle) }
          _ = try worker.run()
        } catch {
          OutputWriter.standardError.write("\(error)\n")
        }
      }
    }
    while readLine() != nil { try BenchmarkProcess.say(runner.takeStarts()) }
    for handle in handles.withLock({ $0 }) { handle.requestStop() }
    _ = ended.wait(timeout: .now() + 5)
  }
}

/// A coordinator as a separate process, with a temporary state folder.
final class CoordinatorProcess {
  private let process: BenchmarkProcess
  let folder: String
  let address: String

  /// Starts a coordinator on a new or an existing state folder; returns when it listens.
  init(in parent: String, state: String? = nil) throws {
    folder = state ?? "\(parent)/potline-bench-\(UUID().uuidString)"
    process = try BenchmarkProcess(["coordinator", "--state", folder])
    let line = try process.receive()
    let words = line.split(whereSeparator: { " ;".contains($0) })
    guard words.count > 2, line.hasPrefix("listening on ") else {
      process.terminate()
      throw BenchmarkError("expected the address from the coordinator, got '\(line)'")
    }
    address = String(words[2])
  }

  deinit {
    stop()
    try? FileManager.default.removeItem(atPath: folder)
  }

  func client() throws -> QueueClient { try QueueClient(QueueClient.Configuration(address: address)) }

  /// Ends the process, after which its journal can be read.
  func stop() { process.terminate() }

  /// Resident memory now and at most, in bytes.
  func residentBytes() throws -> (now: Int, peak: Int) {
    (
      try ProcessMemory.kilobytes("VmRSS", of: process.pid) * 1024,
      try ProcessMemory.kilobytes("VmHWM", of: process.pid) * 1024
    )
  }
}
