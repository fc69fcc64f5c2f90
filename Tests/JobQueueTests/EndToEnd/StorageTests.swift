import Foundation
import GRDB
import Logging
import QueueTestSupport
import Synchronization
import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

/// A file system of a few megabytes that can be filled; `nil` where none may be mounted.
final class SmallDisk {
  let folder: TemporaryFolder

  init?(megabytes: Int) throws {
    folder = try TemporaryFolder()
    guard Self.run("/bin/mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", folder.path) else {
      return nil
    }
  }

  deinit { _ = Self.run("/bin/umount", "-l", folder.path) }

  /// Leaves no room but so many kilobytes.
  func fill(leaving kilobytes: Int) throws {
    let attributes = try FileManager.default.attributesOfFileSystem(forPath: folder.path)
    let free = (attributes[.systemFreeSize] as? Int ?? 0) - kilobytes << 10
    try Data(count: max(0, free)).write(to: URL(fileURLWithPath: folder.file("filler")))
  }

  func clear() throws { try FileManager.default.removeItem(atPath: folder.file("filler")) }

  private static func run(_ program: String, _ arguments: String...) -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}

/// Keeps what is logged.
final class LoggedLines: Sendable {
  private let lines = Mutex<[String]>([])

  var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }
  func all(_ text: String) -> [String] { lines.withLock { $0.filter { $0.contains(text) } } }

  private struct Handler: LogHandler {
    let lines: LoggedLines
    var logLevel = Logger.Level.info
    var metadata = Logger.Metadata()
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }
    func log(event: LogEvent) { lines.lines.withLock { $0.append("\(event.message)") } }
  }
}

@Suite("A disk that is full for a while", .timeLimit(.minutes(2)), .serialized)
struct StorageTests {
  private func run(
    _ folder: TemporaryFolder, fill: (Journal) throws -> Void, clear: (Journal) throws -> Void
  ) throws {
    let lines = LoggedLines()
    var settings = QueueSettings()
    settings.keepsServing = true
    let coordinator = try RunningCoordinator(
      folder: folder, jobs: [], settings: settings, log: lines.logger
    ) {
      // Looking for contradictions in so many jobs after each event would take minutes.
      $0.validates = false
      $0.storageFailure = .wait
      $0.longestCommitPause = .milliseconds(400)
    }
    let client = try QueueClient(.init(address: coordinator.address))
    let jobs = (0..<1_500).map { ToyJob("job \($0)", steps: 1) }
    let (id, _) = try client.submit(Submission(name: "s", jobs: jobs.map { NewJob(payload: $0.payload) }))
    try fill(coordinator.journal)
    let workers = (0..<2).map { _ in startWorker(coordinator.address) }
    try eventually("the disk is not full") { try client.status(of: id).queue.storageProblem != nil }
    let finished = try client.status(of: id).study.finished
    let problem = #expect(throws: QueueError.self) { try client.cancel(id) }
    #expect(problem?.code == .storage)
    // Several tries to write go by, and nothing is given out or taken.
    let before = ContinuousClock.now
    eventually("time stands still") { ContinuousClock.now - before > .seconds(3) }
    let status = try client.status(of: id)
    #expect(status.study.finished == finished && status.study.finished < 1_500)
    #expect(status.queue.workers == 2)
    #expect(lines.all("nothing acknowledged until the journal can be written").count == 1)
    // What the journal has it keeps, whatever happens now.
    let kept = try coordinator.journal.outcomes(of: id, from: 0, count: 1_500, bytes: .max).jobs.filter {
      $0.state == .finished
    }
    try clear(coordinator.journal)
    try eventually("the study does not end", within: .seconds(60)) {
      try client.status(of: id).study.finished == 1_500
    }
    #expect(lines.all("the journal can be written again").count >= 1)
    let outcomes = try coordinator.journal.outcomes(of: id, from: 0, count: 1_500, bytes: .max).jobs
    #expect(outcomes.map(\.bytes) == jobs.map(\.result))
    #expect(kept.allSatisfy { outcomes[$0.place].digest == $0.digest })
    coordinator.stop.requestStop()
    for worker in workers { #expect(try worker.value() == .left) }
    #expect(try coordinator.outcome.value().progress.finished == 1_500)
  }

  @Test(
    "The coordinator waits, says so once, and goes on: a real file system that is full",
    .enabled(if: (try? SmallDisk(megabytes: 1)) ?? nil != nil, "no file system may be mounted here"))
  func fileSystem() throws {
    let disk = try #require(try SmallDisk(megabytes: 8))
    try run(disk.folder, fill: { _ in try disk.fill(leaving: 64) }, clear: { _ in try disk.clear() })
  }

  @Test("The coordinator waits, says so once, and goes on: a limit of the journal's own")
  func pageLimit() throws {
    func limit(_ journal: Journal, _ more: Int) throws {
      try journal.database.writeWithoutTransaction { db in
        let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        _ = try Int.fetchOne(db, sql: "PRAGMA max_page_count = \(pages + more)")
      }
    }
    try run(TemporaryFolder(), fill: { try limit($0, 2) }, clear: { try limit($0, 1 << 20) })
  }
}
