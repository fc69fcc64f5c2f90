import Digests
import Foundation
import FuzzSupport
import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

@Suite("Messages of clients")
struct ClientMessageTests {
  static let digest = SHA256Digest.of([9])
  static let job = JobID(ofPayload: [1, 2, 3])
  static let submission = Submission(
    id: SubmissionID(digest), name: "a study", priority: -3, isFresh: true, total: 5, first: 2,
    description: [1, 2], jobs: [NewJob(payload: []), NewJob(payload: [1]), NewJob(payload: [2, 3])])

  static let calls: [ClientMessage] = [
    .submit(submission),
    .submit(Submission(id: SubmissionID(digest), name: "n", jobs: [NewJob(payload: [7])])),
    .status(nil, from: 3), .status(StudyID(7), from: 0), .failures(StudyID(1), from: 0),
    .results(StudyID(1), from: 5, count: 10), .description(StudyID(2)), .cancel(StudyID(3)),
    .retry(StudyID(4)),
    .workers(from: 0), .lacking([digest]), .upload(digest, offset: 1, totalBytes: 4, bytes: [1, 2, 3]),
    .download(digest, offset: 7),
  ]

  static let status = StudyStatus(
    study: StudyID(7), submission: SubmissionID(digest), name: "ä", priority: 1, state: .open,
    submittedAt: 1.5,
    total: 10, received: 9, queued: 1, running: 2, finished: 3, failed: 2, cancelled: 1, steps: 99,
    stepsPerSecond: 2.5)
  static let queue = QueueStatus(
    version: "1", queued: 1, running: 2, finished: 3, failed: 4, workers: 5, stepsPerSecond: 6,
    auditsPassed: 7,
    auditsDisputed: 8, auditsSkipped: 9, storageProblem: "full")
  static let worker = WorkerStatus(
    worker: CoreHarness.worker(1), host: "h", pid: 1, cores: 2, instructionSet: "avx2", version: "1",
    state: .working, study: StudyID(7), job: job, attempt: AttemptID(3), step: 4, totalSteps: 5,
    stepsPerSecond: 6, heardSecondsAgo: 0.5)
  static let failure = FailedJobStatus(
    place: 3, job: job, reason: "no",
    failure: FailureReport(lastAttempt: "m", details: [1, 200], reason: "no"),
    attempts: [
      AttemptStatus(
        attempt: AttemptID(1), worker: CoreHarness.worker(1), host: "h", startedAt: 1, endedAt: 2,
        end: "crash",
        message: "m")
    ])

  static let answers: [ClientReply] = [
    .submitted(StudyID(7), received: 3, finished: 1), .status([status], next: 1, queue),
    .failures([failure], next: nil),
    .results(
      [
        JobStatus(
          place: 0, job: job, state: .finished, digest: digest, steps: 1, seconds: 2, bytes: [1, 2]),
        JobStatus(place: 1, job: job, state: .failed, reason: "no"),
        JobStatus(place: 2, job: job, state: .finished, digest: digest, steps: 1, seconds: 2, bytes: [3]),
      ], next: 3),
    .description(StudyID(7), bytes: [1]), .done(StudyID(7), jobs: 2), .workers([worker], next: nil),
    .lacking([digest]), .uploaded(digest, received: 5, isStored: true),
    .downloaded(digest, offset: 1, totalBytes: 4, bytes: [1, 2, 3]),
    .problem(QueueError(.unknownStudy, "no")),
  ]

  @Test("What a client asks arrives as it was asked", arguments: calls)
  func callArrives(message: ClientMessage) throws {
    let call = ClientCall(request: 12, message)
    #expect(try ClientCall.decode(call.encoded()) == call)
    #expect(try IncomingMessage.decode(call.encoded()) == .client(call))
    #expect(ClientCall.types.contains(call.parts.type))
  }

  @Test("What a client is answered arrives as it was said", arguments: answers)
  func answerArrives(reply: ClientReply) throws {
    let answer = ClientAnswer(request: 12, reply)
    #expect(try ClientAnswer.decode(answer.encoded()) == answer)
  }

  @Test("A worker's messages are told from a client's")
  func workers() throws {
    for message in MessageTests.workerMessages {
      let decoded = try IncomingMessage.decode(message.encoded())
      #expect(decoded == .worker(message))
      #expect(!ClientCall.types.contains(message.parts.type))
    }
  }

  @Test("A refusal reaches a client, too")
  func refusal() throws {
    let frames = try CoordinatorMessage.refused(reason: "another version").encoded()
    #expect(
      try ClientAnswer.decode(frames)
        == ClientAnswer(request: 0, .problem(QueueError(.badRequest, "another version"))))
  }

  @Test("What is out of range is refused")
  func ranges() throws {
    let (digest, id) = (Self.digest.hex, SubmissionID(Self.digest).hex)
    func header(_ fields: String) -> [UInt8] { Array(#"{"potline":1,"request":1,\#(fields)}"#.utf8) }
    func submit(_ name: String = "n", _ priority: Int = 0, _ total: Int = 1, _ first: Int = 0) -> [UInt8] {
      header(
        #""type":"submit","submission":"\#(id)","name":"\#(name)","priority":\#(priority),"total":\#(total),"first":\#(first)"#
      )
    }
    let one = PayloadList.encode([NewJob(payload: [1])])
    _ = try ClientCall.decode([submit(), one])
    let bad: [[[UInt8]]] = [
      [submit()], [submit(), one, [1], [2]], [submit(""), one],
      [submit(String(repeating: "x", count: 256)), one],
      [submit("n", 2_000_000), one], [submit("n", 0, 0), one], [submit("n", 0, 20_000_000), one],
      [submit("n", 0, 1, 2), one], [submit("n", 0, 1, -1), one], [submit("n", 0, 1, 1), one],
      [submit(), [1, 0, 0]], [submit(), [2, 0, 0, 0, 1]], [submit(), [255, 255, 255, 255]],
      [header(#""type":"status","study":"7""#)], [header(#""type":"status","study":"s0""#)],
      [header(#""type":"status","study":"s99999999999999999999""#)], [header(#""type":"status","from":-1"#)],
      [header(#""type":"results","from":0"#)], [header(#""type":"results","study":"s1","count":0"#)],
      [header(#""type":"upload","digest":"\#(digest)","offset":3,"totalBytes":4"#), [1, 2]],
      [header(#""type":"upload","digest":"\#(digest)","offset":-1,"totalBytes":4"#), [1]],
      [Array(#"{"potline":1,"type":"workers"}"#.utf8)],
      [
        header(
          #""type":"lacking","digests":[\#(Array(repeating: "\"\(digest)\"", count: 501).joined(separator: ","))]"#
        )
      ],
    ]
    for message in bad {
      #expect(throws: MessageError.self, "\(String(decoding: message[0], as: UTF8.self))") {
        try ClientCall.decode(message)
      }
    }
  }

  @Test("Tens of thousands of damaged messages are refused or read, never a crash", arguments: 0..<2)
  func damaged(part: Int) throws {
    var random = SplitMix64(seed: UInt64(100 + part))
    let calls = try Self.calls.map { try ClientCall(request: 1, $0).encoded() }
    let answers = try Self.answers.map { try ClientAnswer(request: 1, $0).encoded() }
    var refused = 0
    for _ in 0..<8_000 {
      if (try? IncomingMessage.decode(MessageTests.damage(calls, &random))) == nil { refused += 1 }
      if (try? ClientAnswer.decode(MessageTests.damage(answers, &random))) == nil { refused += 1 }
    }
    #expect(refused > 6_000)
  }
}
