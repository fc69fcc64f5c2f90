import Foundation
import QueueTestSupport
import Synchronization
import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

@Suite("Versions of peers", .timeLimit(.minutes(5)))
struct PeerVersionTests {
  @Test(
    "What differs decides how much it matters; what is unknown doesn't differ",
    arguments: [
      (ProgramVersion(program: "1", jobFormat: 2), ProgramVersion.Difference.none),
      (ProgramVersion(program: "", jobFormat: nil), .none), (ProgramVersion(program: "1"), .none),
      (ProgramVersion(program: "2", jobFormat: 2), .program),
      (ProgramVersion(program: "1", jobFormat: 3), .jobFormat),
      (ProgramVersion(program: "2", jobFormat: 1), .jobFormat),
      (ProgramVersion(program: "1", wire: Wire.version + 1, jobFormat: 2), .wire),
    ])
  func difference(other: ProgramVersion, expected: ProgramVersion.Difference) {
    let own = ProgramVersion(program: "1", jobFormat: 2)
    #expect(own.difference(from: other) == expected)
    #expect(other.difference(from: own) == expected)
    let text = own.mismatch(as: "A", with: other, as: "B")
    #expect((text == nil) == (expected == .none))
    // Both are named whole.
    if let text { #expect(text.contains("\(own)") && text.contains("\(other)")) }
  }

  @Test("Versions travel with calls and answers, and are absent where they aren't given")
  func messages() throws {
    let version = ProgramVersion(program: "1.2", jobFormat: 3)
    for version in [version, nil] {
      let call = ClientCall(request: 4, .workers(from: 0), client: version)
      #expect(try ClientCall.decode(call.encoded()) == call)
      let answer = ClientAnswer(request: 4, .done(StudyID(1), jobs: 2), coordinator: version)
      #expect(try ClientAnswer.decode(answer.encoded()) == answer)
    }
    let long = String(repeating: "v", count: 300)
    #expect(throws: MessageError.self) {
      try ClientCall.decode([
        Array(#"{"potline":1,"type":"workers","request":1,"from":0,"version":"\#(long)"}"#.utf8)
      ])
    }
  }

  @Test("A worker and a client with other job formats: all sides say both versions, once, and work")
  func otherJobFormat() throws {
    let folder = try TemporaryFolder()
    let log = RecordedLog()
    let coordinator = try RunningCoordinator(folder: folder, jobs: [], log: log.logger) {
      ($0.version, $0.jobFormat) = ("4.5.6", 7)
      $0.settings.keepsServing = true
    }
    let told = Mutex<[String]>([])
    var configuration = QueueClient.Configuration(address: coordinator.address)
    configuration.version = ProgramVersion(program: "4.5.7", jobFormat: 7)
    configuration.onMismatch = { text in told.withLock { $0.append(text) } }
    let client = try QueueClient(configuration)
    for _ in 0..<2 { _ = try client.statuses() }
    #expect(told.withLock { $0 }.count == 1)
    #expect(told.withLock { $0 }.allSatisfy { $0.contains("4.5.6") && $0.contains("4.5.7") })

    let worker = startWorker(coordinator.address) { ($0.version, $0.jobFormat) = ("1.2.3", 2) }
    eventually("the worker's version is logged") { log.lines.contains { $0.contains("1.2.3") } }
    let job = ToyJob("one")
    let (id, _) = try client.submit(Submission(name: "study", jobs: [NewJob(payload: job.payload)]))
    try eventually("the job is done") { try client.status(of: id).study.finished == 1 }
    coordinator.stop.requestStop()
    _ = try (coordinator.outcome.value(), worker.value())
    let lines = log.lines.filter { $0.contains("1.2.3") }
    #expect(lines.count == 1)
    #expect(lines.allSatisfy { $0.contains("4.5.6") })
    #expect(log.lines.count { $0.contains("4.5.7") } == 1)
  }

  @Test("A worker notes another version of the coordinator once")
  func workerSays() {
    let registration = Registration(
      worker: CoreHarness.worker(1), host: "h", pid: 1, cores: 1, instructionSet: "", version: "1.2.3",
      jobFormat: 2)
    var core = WorkerCore(registration, at: Instant(nanoseconds: 0))
    func warnings() -> Int {
      let welcome = CoordinatorMessage.welcome(
        heartbeatSeconds: 1, coordinator: ProgramVersion(program: "4.5.6", jobFormat: 7))
      return core.handle(.message(welcome), at: Instant(nanoseconds: 1)).count {
        if case .note(let note) = $0 { note.level == .warning } else { false }
      }
    }
    #expect(warnings() == 1)
    #expect(warnings() == 0)
  }

  @Test("A result or checkpoint larger than its job can bring fails the job, and isn't stored")
  func outcomeLimit() throws {
    let folder = try TemporaryFolder()
    let coordinator = try RunningCoordinator(folder: folder, jobs: [ToyJob("one"), ToyJob("two")]) {
      $0.outcomeLimit = { _ in 2 << 20 }
    }
    let client = try RawClient(coordinator.address)
    try client.register()
    let bytes = [UInt8](repeating: 1, count: (2 << 20) + 1)
    for number in 0..<3 {
      let reference = try client.nextAssignment()
      #expect(reference.job == NewJob(payload: ToyJob("one").payload).id)
      if number == 0 {
        try client.send(.checkpoint(reference, Checkpoint(step: 9, bytes: bytes)))
      } else {
        try client.send(.result(reference, JobResult(bytes: bytes, seconds: 1, steps: 1)))
      }
    }
    // One of exactly that size is taken.
    let last = try client.nextAssignment()
    try client.send(.result(last, JobResult(bytes: Array(bytes.dropLast()), seconds: 1, steps: 1)))
    try client.next { if case .leave = $0 { () } else { nil } }
    try client.send(.goodbye)
    let progress = try coordinator.outcome.value().progress
    #expect((progress.failed, progress.finished) == (1, 1))
    let kinds = try coordinator.journal.failedJobs().first?.attempts.map { $0.end?.kind }
    #expect(kinds == [.other, .other, .other])
  }

  @Test("Each type of message bounds its frames, by the role of its sender")
  func frames() throws {
    func call(_ type: String, _ fields: String, _ bytes: Int) throws {
      let header = #"{"potline":1,"type":"\#(type)","request":1\#(fields)}"#
      _ = try IncomingMessage.decode([Array(header.utf8), [UInt8](repeating: 0, count: bytes)])
    }
    let digest = CoreHarness.job(1).id.digest.hex
    let upload = #","digest":"\#(digest)","offset":0,"totalBytes":99999999"#
    try call("upload", upload, Wire.maximumUploadBytes)
    #expect(throws: MessageError.self) { try call("upload", upload, Wire.maximumUploadBytes + 1) }
    let limit = Wire.maximumSubmissionBytes + Wire.maximumPayloadBytes
    let submit = #","submission":"00000000000000000000000000000001","name":"n","total":1,"first":0"#
    #expect(throws: MessageError.frameTooLarge(type: "submit", bytes: limit + 1, limit: limit)) {
      try call("submit", submit, limit + 1)
    }
    let chunk = #"{"potline":1,"type":"chunk","digest":"\#(digest)","offset":0,"totalBytes":99999999}"#
    #expect(throws: MessageError.self) {
      try CoordinatorMessage.decode([Array(chunk.utf8), [UInt8](repeating: 0, count: Wire.chunkBytes + 1)])
    }
  }
}
