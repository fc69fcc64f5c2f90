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

@Suite("Coordinator and workers over real sockets", .timeLimit(.minutes(2)))
struct EndToEndTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func expectResults(_ jobs: [ToyJob], in journal: Journal) throws {
    var results: [JobID: [UInt8]] = [:]
    try journal.forEachFinishedJob { results[$0.id] = $0.result.bytes }
    for job in jobs { #expect(results[JobID(ofPayload: job.payload)] == job.result) }
    #expect(results.count == jobs.count)
  }

  @Test("Jobs complete, and the workers leave")
  func complete() throws {
    let jobs = (0..<20).map { ToyJob("job \($0)", steps: 5 + $0) }
    let coordinator = try RunningCoordinator(folder: folder, jobs: jobs)
    let workers = (0..<3).map { _ in startWorker(coordinator.address) }
    let outcome = try coordinator.outcome.value()
    #expect(outcome.progress.finished == 20)
    #expect(!outcome.wasStopped)
    #expect(outcome.badMessages == 0)
    for worker in workers { #expect(try worker.value() == .left) }
    try expectResults(jobs, in: coordinator.journal)
  }

  @Test("Jobs that are in the journal already are not done again")
  func resubmission() throws {
    let jobs = (0..<3).map { ToyJob("job \($0)") }
    do {
      let coordinator = try RunningCoordinator(folder: folder, jobs: jobs)
      let worker = startWorker(coordinator.address)
      _ = try (coordinator.outcome.value(), worker.value())
    }
    let again = try RunningCoordinator(folder: folder, jobs: jobs)
    #expect(try again.outcome.value().progress.finished == 3)
    try expectResults(jobs, in: again.journal)
  }

  @Test("A request to stop brings jobs back, and a later run goes on from their checkpoints")
  func stopAndGoOn() throws {
    var job = ToyJob("long", steps: 400, pause: 5)
    job.trace = folder.file("trace")
    do {
      let coordinator = try RunningCoordinator(folder: folder, jobs: [job])
      let worker = startWorker(coordinator.address, checkpointInterval: .seconds(60))
      eventually("no steps") { coordinator.progress().steps > 20 }
      coordinator.stop.requestStop()
      let outcome = try coordinator.outcome.value()
      #expect(outcome.wasStopped)
      #expect(outcome.progress.queued == 1)
      #expect(try worker.value() == .left)
    }
    let coordinator = try RunningCoordinator(folder: folder, jobs: [job])
    let worker = startWorker(coordinator.address)
    _ = try (coordinator.outcome.value(), worker.value())
    try expectResults([job], in: coordinator.journal)
    let starts = folder.lines("trace").compactMap { Int($0) }
    #expect(starts.count == 2)
    #expect(starts.last ?? 0 > 20)
  }

  @Test("A dataset is fetched in chunks by workers that share a folder")
  func blobs() throws {
    let store = try BlobStore(folder: folder.file("datasets"))
    let bytes = (0..<3_500_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    let digest = try store.add(bytes)
    let jobs = (0..<6).map {
      var job = ToyJob("job \($0)")
      job.blob = digest.hex
      return job
    }
    let cache = try BlobCache(folder: folder.file("cache"))
    let coordinator = try RunningCoordinator(folder: folder, jobs: jobs, blobs: store)
    let workers = (0..<3).map { _ in startWorker(coordinator.address, cache: cache) }
    #expect(try coordinator.outcome.value().progress.finished == 6)
    for worker in workers { _ = try worker.value() }
    #expect(cache.files == [digest.hex])
  }

  @Test("A job that needs a dataset that nobody has is set aside, and the others finish")
  func missingBlob() throws {
    var job = ToyJob("needs")
    job.blob = String(repeating: "ab", count: 32)
    let cache = try BlobCache(folder: folder.file("cache"))
    let coordinator = try RunningCoordinator(
      folder: folder, jobs: [job, ToyJob("other")], blobs: BlobStore(folder: folder.file("datasets")))
    let worker = startWorker(coordinator.address, cache: cache)
    let outcome = try coordinator.outcome.value()
    #expect((outcome.progress.finished, outcome.progress.failed) == (1, 1))
    _ = try worker.value()
    let attempts = try coordinator.journal.failedJobs().first?.attempts ?? []
    #expect(attempts.count == 3)
    #expect(attempts.allSatisfy { $0.end?.message.contains("abab") == true })
  }

  @Test("A host without room for a dataset gives the job to another and leaves; the job is not to blame")
  func noRoomForBlob() throws {
    let store = try BlobStore(folder: folder.file("datasets"))
    var job = ToyJob("needs")
    job.blob = try store.add(Array(repeating: 7, count: 2_000_000)).hex
    let coordinator = try RunningCoordinator(folder: folder, jobs: [job], blobs: store)
    let small = try BlobCache(folder: folder.file("small"), limitBytes: 1_000_000)
    for _ in 0..<4 { #expect(try startWorker(coordinator.address, cache: small).value() == .cannotStart) }
    let worker = startWorker(coordinator.address, cache: try BlobCache(folder: folder.file("cache")))
    #expect(try coordinator.outcome.value().progress.finished == 1)
    #expect(try worker.value() == .left)
  }

  @Test("A worker that nobody answers leaves with its own exit code")
  func unreachable() throws {
    let worker = startWorker("tcp://127.0.0.1:1") { $0.timing.coordinatorTimeout = .milliseconds(300) }
    #expect(try worker.value() == .coordinatorUnreachable)
  }

  @Test("When the disk is full the run ends with a clear error, and goes on when there is space")
  func diskFull() throws {
    let jobs = (0..<600).map { ToyJob("job \($0)", steps: 2) }
    do {
      let coordinator = try RunningCoordinator(folder: folder, jobs: jobs)
      try coordinator.journal.database.writeWithoutTransaction { db in
        let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        _ = try Int.fetchOne(db, sql: "PRAGMA max_page_count = \(pages)")
      }
      let worker = startWorker(coordinator.address)
      #expect(throws: JournalError.noSpace(folder: folder.path)) { try coordinator.outcome.value() }
      #expect(try worker.value() == .left)
    }
    let coordinator = try RunningCoordinator(folder: folder, jobs: jobs)
    let worker = startWorker(coordinator.address)
    _ = try (coordinator.outcome.value(), worker.value())
    try expectResults(jobs, in: coordinator.journal)
  }
}
