import Foundation
import Logging
import QueueTestSupport
import Synchronization
import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

/// Says nothing, unless `QUEUE_TEST_LOG` is set.
let quiet =
  ProcessInfo.processInfo.environment["QUEUE_TEST_LOG"] == nil
  ? Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
  : Logger(label: "test") { StreamLogHandler.standardError(label: $0) }

/// Waits until `condition` holds; an issue after `limit`.
func eventually(
  _ what: Comment, within limit: Duration = .seconds(30), sourceLocation: SourceLocation = #_sourceLocation,
  _ condition: () throws -> Bool
) rethrows {
  let deadline = ContinuousClock.now + limit
  while try !condition() {
    if ContinuousClock.now > deadline {
      Issue.record(what, sourceLocation: sourceLocation)
      return
    }
    usleep(5_000)
  }
}

/// A folder that goes with the value.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "/queue-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// The lines of a file; none if there is no such file.
  func lines(_ name: String) -> [String] {
    (try? String(contentsOfFile: file(name), encoding: .utf8))?.split(separator: "\n").map(String.init) ?? []
  }
}

/// What a function on a thread of its own returns.
final class Background<Value: Sendable>: Sendable {
  private let outcome = Mutex<Result<Value, any Error>?>(nil)

  init(_ body: @escaping @Sendable () throws -> Value) {
    let thread = Thread { [self] in
      let result = Result { try body() }
      outcome.withLock { $0 = result }
    }
    thread.stackSize = 4 << 20
    thread.start()
  }

  var isDone: Bool { outcome.withLock { $0 != nil } }

  /// Waits for the end, and fails the test after `limit`.
  func value(within limit: Duration = .seconds(40), sourceLocation: SourceLocation = #_sourceLocation) throws
    -> Value
  {
    eventually("a thread did not end", within: limit, sourceLocation: sourceLocation) { isDone }
    guard let result = outcome.withLock({ $0 }) else { throw CancellationError() }
    return try result.get()
  }
}

/// A coordinator on a thread of its own.
final class RunningCoordinator: Sendable {
  let journal: Journal
  let address: String
  let stop: StopHandle
  let outcome: Background<Coordinator.Outcome>
  let progress: @Sendable () -> QueueProgress

  init(
    folder: TemporaryFolder, jobs: [ToyJob], address: String = "tcp://127.0.0.1:*", supervised: Int = 0,
    settings: QueueSettings = QueueSettings(), blobs: BlobStore? = nil, log: Logger = quiet,
    adjust: (inout Coordinator.Configuration) -> Void = { _ in }
  ) throws {
    let journal = try Journal(folder: folder.path)
    let shared = SharedProgress()
    let pair = Handshake()
    var configuration = Coordinator.Configuration()
    (configuration.address, configuration.settings, configuration.blobs) = (address, settings, blobs)
    configuration.validates = true
    adjust(&configuration)
    let fixed = configuration
    outcome = Background {
      let coordinator = try Coordinator(fixed, journal: journal, log: log)
      try coordinator.submit(jobs.map { NewJob(payload: $0.payload) })
      pair.set(coordinator.address, coordinator.stopHandle)
      var supervisor: Supervisor?
      if supervised > 0 {
        let command = WorkerCommand(
          executable: WorkerProgram.path, arguments: ["worker", coordinator.address, "supervised"],
          logFile: folder.file("workers.log"))
        supervisor = try Supervisor(.init(command: command, count: supervised), log: quiet)
      }
      return try coordinator.run(supervisor: supervisor) { shared.set($0) }
    }
    let running = outcome
    eventually("the coordinator did not start") { pair.get() != nil || running.isDone }
    guard let (address, stop) = pair.get() else {
      _ = try outcome.value()
      throw CancellationError()
    }
    (self.journal, self.address, self.stop) = (journal, address, stop)
    progress = { shared.get() }
  }
}

final class SharedProgress: Sendable {
  private let value = Mutex(QueueProgress())
  func set(_ progress: QueueProgress) { value.withLock { $0 = progress } }
  func get() -> QueueProgress { value.withLock { $0 } }
}

final class Handshake: Sendable {
  private let value = Mutex<(String, StopHandle)?>(nil)
  func set(_ address: String, _ stop: StopHandle) { value.withLock { $0 = (address, stop) } }
  func get() -> (String, StopHandle)? { value.withLock { $0 } }
}

/// A worker on a thread of this process.
func startWorker(
  _ address: String, cache: BlobCache? = nil, checkpointInterval: Duration = .milliseconds(50),
  adjust: @Sendable @escaping (inout Worker.Configuration) -> Void = { _ in }
) -> Background<WorkerExit> {
  Background {
    var configuration = Worker.Configuration(address: address)
    configuration.cache = cache
    configuration.checkpointInterval = checkpointInterval
    adjust(&configuration)
    return try Worker(configuration, runner: ToyRunner(), log: quiet).run()
  }
}
