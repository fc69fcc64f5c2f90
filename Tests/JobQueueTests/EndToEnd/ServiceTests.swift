import Digests
import Files
import Foundation
import QueueTestSupport
import Synchronization
import Testing
import ZeroMQ

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

@Suite("A coordinator as a service, over real sockets", .timeLimit(.minutes(2)))
struct ServiceTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func service(
    jobs: [ToyJob] = [], blobs: BlobStore? = nil,
    adjust: (inout Coordinator.Configuration) -> Void = { _ in }
  ) throws -> RunningCoordinator {
    var settings = QueueSettings()
    settings.keepsServing = true
    return try RunningCoordinator(
      folder: folder, jobs: jobs, settings: settings, blobs: blobs, adjust: adjust)
  }

  private func client(_ coordinator: RunningCoordinator) throws -> QueueClient {
    var configuration = QueueClient.Configuration(address: coordinator.address)
    configuration.timeout = .seconds(20)
    return try QueueClient(configuration)
  }

  private func study(_ name: String, _ jobs: [ToyJob], priority: Int = 0) -> Submission {
    Submission(
      name: name, priority: priority, description: Array(name.utf8),
      jobs: jobs.map { NewJob(payload: $0.payload) })
  }

  private func waitForEnd(of study: StudyID, _ client: QueueClient) throws {
    try eventually("\(study) does not end") { try client.status(of: study).study.hasEnded }
  }

  private func results(of study: StudyID, _ client: QueueClient) throws -> [JobStatus] {
    var (all, from): ([JobStatus], Int?) = ([], 0)
    while let place = from {
      let page = try client.results(of: study, from: place)
      all += page.jobs
      from = page.next
    }
    return all
  }

  @Test("Studies are submitted, watched and fetched while workers come and stay")
  func lifeOfAStudy() throws {
    let coordinator = try service()
    let client = try client(coordinator)
    let worker = startWorker(coordinator.address)
    let jobs = (0..<150).map { ToyJob("job \($0)", steps: 1 + $0 % 5) }
    let (first, _) = try client.submit(study("first", jobs))
    let (second, _) = try client.submit(
      study("second", Array(jobs.prefix(10)) + [ToyJob("more")], priority: 1))
    #expect((first, second) == (StudyID(1), StudyID(2)))
    for id in [first, second] { try waitForEnd(of: id, client) }
    #expect(try results(of: first, client).map(\.bytes) == jobs.map(\.result))
    #expect(try results(of: second, client).map(\.bytes).last == ToyJob("more").result)
    #expect(try client.description(of: second) == Array("second".utf8))
    let (third, finished) = try client.submit(study("third", Array(jobs.prefix(5))))
    #expect(finished == 5)
    #expect(try client.status(of: third).study.state == .ended)
    let all = try client.statuses()
    #expect(all.studies.map(\.name) == ["first", "second", "third"])
    #expect(all.queue.finished == 151 && all.queue.workers == 1)
    let workers = try client.workers()
    #expect(workers.map(\.state) == [.idle] && workers[0].pid == Int(getpid()))
    coordinator.stop.requestStop()
    #expect(try worker.value() == .left)
    #expect(try coordinator.outcome.value().badMessages == 0)
  }

  @Test("A failed job's history is told, and the job tried again")
  func failures() throws {
    let coordinator = try service()
    let client = try client(coordinator)
    let worker = startWorker(coordinator.address)
    var bad = ToyJob("bad")
    (bad.act, bad.at) = ("fail", 1)
    let (id, _) = try client.submit(study("s", [ToyJob("good"), bad]))
    try waitForEnd(of: id, client)
    var histories: [FailedJobStatus] = []
    try client.failures(of: id) { histories += $0 }
    #expect(histories.map(\.place) == [1])
    #expect(histories.first?.attempts.map(\.message) == Array(repeating: "told to fail", count: 3))
    #expect(try results(of: id, client).map(\.state) == [.finished, .failed])
    #expect(try client.retry(id) == 1)
    try waitForEnd(of: id, client)
    histories = []
    try client.failures(of: id) { histories += $0 }
    #expect(histories.first?.attempts.count == 6)
    coordinator.stop.requestStop()
    _ = try (worker.value(), coordinator.outcome.value())
  }

  @Test("A study that is cancelled is no longer trained, and its worker takes another")
  func cancel() throws {
    let coordinator = try service()
    let client = try client(coordinator)
    let worker = startWorker(coordinator.address)
    let (long, _) = try client.submit(
      study("long", (0..<3).map { ToyJob("long \($0)", steps: 60_000, pause: 5) }))
    try eventually("it does not start") { try client.status(of: long).study.running == 1 }
    let (short, _) = try client.submit(study("short", [ToyJob("short")]))
    #expect(try client.cancel(long) == 3)
    try waitForEnd(of: short, client)
    #expect(try client.status(of: long).study.state == .cancelled)
    #expect(throws: QueueError.self) { try client.retry(long) }
    coordinator.stop.requestStop()
    _ = try (worker.value(), coordinator.outcome.value())
  }

  @Test("A dataset is uploaded once, in chunks, and reaches the workers; a false one is refused")
  func upload() throws {
    let store = try BlobStore(folder: folder.file("datasets"))
    let coordinator = try service(blobs: store) { $0.maximumBlobBytes = 5_000_000 }
    let client = try client(coordinator)
    let bytes = (0..<2_500_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    try client.upload(bytes)
    try client.upload(bytes)
    let digest = SHA256Digest.of(bytes)
    #expect(try client.ask(.lacking([digest, .of([1])])) == .lacking([.of([1])]))
    try client.upload([])
    let cache = try BlobCache(folder: folder.file("cache"))
    let worker = startWorker(coordinator.address, cache: cache)
    var job = ToyJob("needs")
    job.blob = digest.hex
    let (id, _) = try client.submit(study("s", [job]))
    try waitForEnd(of: id, client)
    #expect(try client.status(of: id).study.finished == 1)
    let wrong = SHA256Digest.of([2])
    for question in [
      ClientMessage.upload(wrong, offset: 0, totalBytes: 1, bytes: [3]),
      .upload(wrong, offset: 0, totalBytes: 5_000_001, bytes: [3]),
    ] {
      let problem = #expect(throws: QueueError.self) { try client.ask(question) }
      #expect(problem?.code == .badBlob)
    }
    #expect(store.path(of: wrong) == nil)

    let copies = try BlobStore(folder: folder.file("copies"))
    for blob in [bytes, []] {
      let path = try client.download(.of(blob), into: copies)
      #expect(try FileContent.read(path, limit: 5_000_000).bytes == blob)
    }
    let unknown = #expect(throws: QueueError.self) { try client.download(wrong, into: copies) }
    #expect(unknown?.code == .unknownBlob)
    // A copy on the coordinator's disk that was damaged later is not taken for the dataset.
    let damaged = try #require(store.path(of: .of([])))
    #expect(chmod(damaged, 0o644) == 0)
    try Data([1]).write(to: URL(fileURLWithPath: damaged))
    let others = try BlobStore(folder: folder.file("others"))
    #expect(throws: BlobError.corrupt(.of([]))) { try client.download(.of([]), into: others) }
    #expect(others.path(of: .of([])) == nil)
    coordinator.stop.requestStop()
    _ = try (worker.value(), coordinator.outcome.value())
  }

  @Test("A study of many jobs arrives in parts")
  func manyJobs() throws {
    // Looking for contradictions in so many jobs after each event would take minutes.
    let coordinator = try service { $0.validates = false }
    let client = try client(coordinator)
    let jobs = (0..<25_000).map { NewJob(payload: Array("\($0)".utf8)) }
    let (id, _) = try client.submit(Submission(name: "many", jobs: jobs))
    let status = try client.status(of: id).study
    #expect((status.total, status.received, status.queued) == (25_000, 25_000, 25_000))
    #expect(try client.cancel(id) == 25_000)
    coordinator.stop.requestStop()
    _ = try coordinator.outcome.value()
  }

  @Test("A client of another version is refused in words, on its side, too")
  func otherVersion() throws {
    let coordinator = try service()
    let client = try RawClient(coordinator.address)
    try client.send([Array(#"{"potline":2,"type":"status","request":1}"#.utf8)])
    let reason = try client.next { if case .refused(let reason, _) = $0 { reason } else { nil } }
    #expect(reason.contains("protocol 2") && reason.contains("protocol 1"))
    #expect(throws: MessageError.otherVersion(3, program: "9.8.7")) {
      try ClientAnswer.decode([
        Array(#"{"potline":3,"type":"done","request":1,"study":"s1","jobs":1,"version":"9.8.7"}"#.utf8)
      ])
    }
    coordinator.stop.requestStop()
    _ = try coordinator.outcome.value()
  }

  @Test("A connection that floods does not starve the others")
  func flood() throws {
    let coordinator = try service { $0.validates = false }
    let address = coordinator.address
    let isOver = Atomic<Bool>(false)
    let flooders = (0..<2).map { _ in
      Background {
        let socket = try Socket(
          .dealer, context: Context(), options: SocketOptions(maximumMessageSize: 1 << 20))
        try socket.connect(to: address, security: .loopback)
        // Each asks for an answer.
        let heartbeat = Message([Frame(#"{"potline":1,"type":"heartbeat"}"#)])
        var sent = 0
        while !isOver.load(ordering: .relaxed) {
          if try socket.send(heartbeat, timeout: .milliseconds(50)) { sent += 1 }
          while try socket.receiveNow() != nil {}
        }
        return sent
      }
    }
    let client = try client(coordinator)
    let worker = startWorker(address)
    let jobs = (0..<30).map { ToyJob("job \($0)", steps: 2) }
    let start = ContinuousClock.now
    let (id, _) = try client.submit(study("s", jobs))
    try waitForEnd(of: id, client)
    let taken = ContinuousClock.now - start
    isOver.store(true, ordering: .relaxed)
    let sent = try flooders.map { try $0.value() }
    #expect(try client.status(of: id).study.finished == 30)
    // Without a fair share thirty jobs, each of some messages, would wait for all that the flooders said.
    #expect(taken < .seconds(20), "\(taken)")
    #expect(sent.allSatisfy { $0 > 500 }, "\(sent)")
    coordinator.stop.requestStop()
    _ = try worker.value()
    // What is beyond a connection's share is dropped.
    #expect(try coordinator.outcome.value().badMessages > 0)
  }

  @Test(
    "A coordinator that starts again knows its studies, and a submission that was said before is the same study"
  )
  func restart() throws {
    let jobs = (0..<5).map { ToyJob("job \($0)") }
    let new = study("s", jobs)
    do {
      let coordinator = try service()
      let client = try client(coordinator)
      #expect(try client.submit(new).study == StudyID(1))
      coordinator.stop.requestStop()
      _ = try coordinator.outcome.value()
    }
    let coordinator = try service()
    let client = try client(coordinator)
    #expect(try client.submit(new).study == StudyID(1))
    let worker = startWorker(coordinator.address)
    try waitForEnd(of: StudyID(1), client)
    #expect(try results(of: StudyID(1), client).map(\.bytes) == jobs.map(\.result))
    coordinator.stop.requestStop()
    _ = try (worker.value(), coordinator.outcome.value())
  }
}
