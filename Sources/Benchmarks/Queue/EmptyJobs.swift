import Foundation
import Logging
import QueueProtocol
import QueueWorker
import Synchronization

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

/// Ends each job at once, and knows when it began.
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

/// Workers of empty jobs, all in this process, each with the threads and the connection that a worker has.
package enum EmptyJobWorkers {
  /// Serves until standard input ends; for each line there it prints when the jobs since the last one began.
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
          try? FileHandle.standardError.write(contentsOf: Array("\(error)\n".utf8))
        }
      }
    }
    while readLine() != nil { try BenchmarkProcess.say(runner.takeStarts()) }
    for handle in handles.withLock({ $0 }) { handle.requestStop() }
    _ = ended.wait(timeout: .now() + 5)
  }
}
