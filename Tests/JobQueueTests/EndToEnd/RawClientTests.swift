import Digests
import Foundation
import GRDB
import QueueTestSupport
import Testing
import ZeroMQ

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

/// A client that says what a worker would not.
final class RawClient {
  private let socket: Socket

  init(_ address: String) throws {
    socket = try Socket(.dealer, context: Context(), options: SocketOptions(maximumMessageSize: 1 << 20))
    try socket.connect(to: address, security: .loopback)
  }

  func send(_ message: WorkerMessage) throws { try send(message.encoded()) }

  func send(_ frames: [[UInt8]]) throws {
    try socket.send(Message(frames.map { Frame($0) }), timeout: .seconds(10))
  }

  /// The next message that `pick` wants; others are skipped.
  func next<Value>(_ pick: (CoordinatorMessage) -> Value?) throws -> Value {
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline {
      guard let message = try socket.receive(timeout: .seconds(1)) else { continue }
      if let value = pick(try CoordinatorMessage.decode(message.frames.map(\.bytes))) { return value }
    }
    throw CancellationError()
  }

  func register() throws {
    try send(
      .register(
        Registration(worker: .random(), host: "raw", pid: 1, cores: 1, instructionSet: "", version: "")))
  }

  func nextAssignment() throws -> AttemptReference {
    try next { if case .assign(let reference, _, _) = $0 { reference } else { nil } }
  }
}

@Suite("What a coordinator makes of strange clients", .timeLimit(.minutes(2)))
struct RawClientTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("Results whose bytes do not match their digest set a job aside at the third")
  func digestMismatch() throws {
    let coordinator = try RunningCoordinator(folder: folder, jobs: [ToyJob("one")])
    let client = try RawClient(coordinator.address)
    try client.register()
    for _ in 0..<3 {
      let reference = try client.nextAssignment()
      let wrong = JobResult(digest: SHA256Digest.of([1]), bytes: [2], seconds: 0, steps: 1)
      try client.send(.result(reference, wrong))
    }
    try client.next { if case .leave = $0 { () } else { nil } }
    try client.send(.goodbye)
    let outcome = try coordinator.outcome.value()
    #expect(outcome.progress.failed == 1)
    let kinds = try coordinator.journal.failedJobs().first?.attempts.map { $0.end?.kind }
    #expect(kinds == [.digestMismatch, .digestMismatch, .digestMismatch])
  }

  @Test("Another version of the protocol is refused in words, and bad messages are counted")
  func otherVersion() throws {
    let coordinator = try RunningCoordinator(folder: folder, jobs: [ToyJob("one")]) {
      ($0.version, $0.jobFormat) = ("4.5.6", 7)
    }
    let client = try RawClient(coordinator.address)
    try client.send([Array(#"{"potline":2,"type":"register","version":"9.8.7"}"#.utf8)])
    let (reason, version) = try client.next {
      if case .refused(let reason, let version) = $0 { (reason, version) } else { nil }
    }
    // Both versions of the program and of the protocol.
    for part in ["9.8.7", "protocol 2", "4.5.6", "protocol 1"] { #expect(reason.contains(part)) }
    #expect(version == ProgramVersion(program: "4.5.6", jobFormat: 7))
    try client.send([Array("nonsense".utf8)])
    try client.send([Array(#"{"potline":1,"type":"dance"}"#.utf8), [1, 2], [3], [4], [5], [6]])
    let worker = startWorker(coordinator.address)
    #expect(try coordinator.outcome.value().badMessages == 3)
    _ = try worker.value()
  }

  @Test("A result that cannot be written is not acknowledged")
  func noFalsePromise() throws {
    let coordinator = try RunningCoordinator(folder: folder, jobs: [ToyJob("one")])
    let client = try RawClient(coordinator.address)
    try client.register()
    let reference = try client.nextAssignment()
    try coordinator.journal.database.writeWithoutTransaction { db in
      _ = try Int.fetchOne(db, sql: "PRAGMA max_page_count = 1")
    }
    let bytes = [UInt8](repeating: 1, count: 100_000)
    try client.send(.result(reference, JobResult(bytes: bytes, seconds: 1, steps: 1)))
    let isAcknowledged = try client.next { message -> Bool? in
      switch message {
      case .acknowledge: true
      case .leave: false
      default: nil
      }
    }
    #expect(!isAcknowledged)
    #expect(throws: JournalError.noSpace(folder: folder.path)) { try coordinator.outcome.value() }
  }

  @Test("A result is acknowledged when the disk has room again, and not before")
  func latePromise() throws {
    let coordinator = try RunningCoordinator(folder: folder, jobs: [ToyJob("one")]) {
      $0.storageFailure = .wait
      $0.longestCommitPause = .milliseconds(200)
    }
    let client = try RawClient(coordinator.address)
    try client.register()
    let reference = try client.nextAssignment()
    func limit(_ pages: Int) throws {
      try coordinator.journal.database.writeWithoutTransaction { db in
        _ = try Int.fetchOne(db, sql: "PRAGMA max_page_count = \(pages)")
      }
    }
    try limit(1)
    let result = JobResult(bytes: [UInt8](repeating: 1, count: 100_000), seconds: 1, steps: 1)
    try client.send(.result(reference, result))
    let watcher = try QueueClient(.init(address: coordinator.address))
    try eventually("the disk is not full") { try watcher.statuses().queue.storageProblem != nil }
    // It is said again and again, as a worker does; each heartbeat is answered, the result is not.
    for _ in 0..<5 {
      try client.send(.result(reference, result))
      try client.send(.heartbeat(Heartbeat(current: reference)))
      let isAcknowledged = try client.next { message -> Bool? in
        switch message {
        case .acknowledge: true
        case .alive: false
        default: nil
        }
      }
      #expect(!isAcknowledged)
      #expect(try coordinator.journal.result(of: reference.job) == nil)
    }
    try limit(1 << 20)
    try client.next { if case .acknowledge(reference) = $0 { () } else { nil } }
    #expect(try coordinator.journal.result(of: reference.job) == result)
    try client.send(.goodbye)
    #expect(try coordinator.outcome.value().progress.finished == 1)
  }

  @Test("Who has not registered is asked to")
  func registerAgain() throws {
    let coordinator = try RunningCoordinator(folder: folder, jobs: [ToyJob("one")])
    let client = try RawClient(coordinator.address)
    try client.send(.heartbeat(Heartbeat()))
    try client.next { if case .registerAgain = $0 { () } else { nil } }
    coordinator.stop.requestStop()
    #expect(try coordinator.outcome.value().wasStopped)
  }
}
