import Digests
import Foundation
import FuzzSupport
import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

@Suite("Messages")
struct MessageTests {
  static let reference = AttemptReference(attempt: AttemptID(3), job: JobID(ofPayload: [1, 2, 3]))
  static let digest = SHA256Digest.of([9])

  static let workerMessages: [WorkerMessage] = [
    .register(
      Registration(
        worker: CoreHarness.worker(1), host: "höst", pid: 1, cores: 64, instructionSet: "avx2",
        version: "1.0",
        current: reference)),
    .register(
      Registration(worker: CoreHarness.worker(2), host: "", pid: 1, cores: 1, instructionSet: "", version: "")
    ),
    .heartbeat(Heartbeat()),
    .heartbeat(Heartbeat(current: reference)),
    .heartbeat(Heartbeat(current: reference, progress: StepProgress(step: 1, totalSteps: 2, loss: 0.25))),
    .heartbeat(Heartbeat(current: reference, progress: StepProgress(step: 1, totalSteps: 2, loss: .nan))),
    .checkpoint(reference, Checkpoint(step: 5, bytes: [1, 2, 3])),
    .result(reference, JobResult(bytes: [], seconds: 1.5, steps: 7)),
    .failed(reference, JobFailure(.nonFiniteLoss, "a \"quoted\" text")),
    .failed(reference, JobFailure(.other, "", details: [0, 255, 34])),
    .handBack(reference, nil, leaving: true),
    .handBack(reference, Checkpoint(step: 0, bytes: [0]), leaving: false),
    .fetch(digest, offset: 1 << 40),
    .retire, .goodbye,
  ]

  static let coordinatorMessages: [CoordinatorMessage] = [
    .welcome(heartbeatSeconds: 0.5), .refused(reason: "no"), .alive,
    .welcome(heartbeatSeconds: 0.5, coordinator: ProgramVersion(program: "1.2", jobFormat: 3)),
    .refused(reason: "no", coordinator: ProgramVersion(program: "1.2")),
    .assign(reference, payload: [1, 2, 3], nil),
    .assign(reference, payload: [], Checkpoint(step: 5, bytes: [5])),
    .acknowledge(reference), .stop(reference, reason: "enough"),
    .chunk(digest, offset: 0, totalBytes: 3, bytes: [1, 2, 3]),
    .chunk(digest, offset: 3, totalBytes: 3, bytes: []),
    .missing(digest), .registerAgain, .leave,
  ]

  @Test("What a worker says arrives as it was said", arguments: workerMessages)
  func workerRoundTrip(message: WorkerMessage) throws {
    let frames = try message.encoded()
    #expect(try WorkerMessage.decode(frames) == message)
    let object = try JSONSerialization.jsonObject(with: Data(frames[0]))
    let header = try #require(object as? [String: Any])
    #expect(header["potline"] as? Int == 1)
    #expect(header["type"] is String)
  }

  @Test("What the coordinator says arrives as it was said", arguments: coordinatorMessages)
  func coordinatorRoundTrip(message: CoordinatorMessage) throws {
    #expect(try CoordinatorMessage.decode(message.encoded()) == message)
  }

  @Test(
    "A bad header is refused with what is wrong with it",
    arguments: [
      (#"{"potline":1,"type":"goodbye""#, "cannot be read"),
      (#"[1]"#, "cannot be read"),
      (#"{"type":"goodbye"}"#, "“potline” is missing"),
      (#"{"potline":"1","type":"goodbye"}"#, "“potline”"),
      (#"{"potline":1}"#, "“type” is missing"),
      (#"{"potline":7,"type":"goodbye"}"#, "protocol version 7"),
      (#"{"potline":1,"type":"dance"}"#, "unknown type “dance”"),
      (#"{"potline":1,"type":"fetch","digest":"00","offset":0}"#, "“digest”"),
      (#"{"potline":1,"type":"fetch","offset":0}"#, "“digest” is missing"),
      (#"{"potline":1,"type":"register","worker":"xyz"}"#, "“worker”"),
    ])
  func badHeader(header: String, gist: String) {
    let error = #expect(throws: MessageError.self) { try WorkerMessage.decode([Array(header.utf8)]) }
    #expect(error?.description.contains(gist) == true, "\(String(describing: error))")
  }

  @Test("Numbers out of range are refused")
  func ranges() throws {
    let digest = Self.digest.hex
    let attempt = #""attempt":3,"job":"\#(digest)""#
    let heartbeat =
      #"{"potline":1,"type":"heartbeat","current":{\#(attempt)},"progress":{"step":STEP,"totalSteps":1,"reports":1}}"#
    _ = try WorkerMessage.decode([Array(heartbeat.replacing("STEP", with: "1").utf8)])
    let bad = [
      (#"{"potline":1,"type":"fetch","digest":"\#(digest)","offset":-1}"#, 0),
      (#"{"potline":1,"type":"fetch","digest":"\#(digest)","offset":1.5}"#, 0),
      (#"{"potline":1,"type":"fetch","digest":"\#(digest)","offset":1e30}"#, 0),
      (#"{"potline":1,"type":"heartbeat","current":{"attempt":0,"job":"\#(digest)"}}"#, 0),
      (#"{"potline":1,"type":"heartbeat","progress":{"step":1,"totalSteps":1,"reports":1}}"#, 0),
      (heartbeat.replacing("STEP", with: "-1"), 0),
      (heartbeat.replacing("STEP", with: "9223372036854775807"), 0),
      (
        #"{"potline":1,"type":"result",\#(attempt),"digest":"\#(digest)","seconds":1,"steps":9223372036854775807}"#,
        1
      ),
      (#"{"potline":1,"type":"result",\#(attempt),"digest":"\#(digest)","seconds":-1,"steps":1}"#, 1),
      (#"{"potline":1,"type":"checkpoint",\#(attempt),"digest":"\#(digest)","step":-5}"#, 1),
      (
        #"{"potline":1,"type":"checkpoint",\#(attempt),"digest":"\#(digest)","step":9223372036854775807}"#, 1
      ),
      (#"{"potline":1,"type":"handBack",\#(attempt),"leaving":false}"#, 1),
    ]
    for (header, frames) in bad {
      let message = [Array(header.utf8)] + Array(repeating: [1], count: frames)
      #expect(throws: MessageError.self, "\(header)") { try WorkerMessage.decode(message) }
    }
    let chunk = #"{"potline":1,"type":"chunk","digest":"\#(digest)","offset":2,"totalBytes":3}"#
    #expect(throws: MessageError.self) { try CoordinatorMessage.decode([Array(chunk.utf8), [1, 2]]) }
  }

  @Test("The number of binary frames must be right")
  func frameCounts() throws {
    for message in Self.workerMessages {
      let frames = try message.encoded()
      let type = message.parts.type
      #expect(throws: MessageError.self, "\(type)") { try WorkerMessage.decode(frames + [[1], [1]]) }
      if frames.count > 1, type != "handBack" {
        #expect(throws: MessageError.wrongFrames(type: type, expected: 1...1, got: 0)) {
          try WorkerMessage.decode([frames[0]])
        }
      }
    }
    #expect(throws: MessageError.empty) { try WorkerMessage.decode([]) }
  }

  @Test("A header of more than 64 KiB is not looked at")
  func longHeader() {
    let header = Array(repeating: UInt8(ascii: " "), count: 65_537)
    #expect(throws: MessageError.headerTooLong(65_537)) { try WorkerMessage.decode([header]) }
  }

  @Test("A hundred thousand damaged messages are refused or read, never a crash", arguments: 0..<4)
  func damaged(part: Int) throws {
    var random = SplitMix64(seed: UInt64(part))
    let worker = try Self.workerMessages.map { try $0.encoded() }
    let coordinator = try Self.coordinatorMessages.map { try $0.encoded() }
    var refused = 0
    for _ in 0..<12_500 {
      if (try? WorkerMessage.decode(Self.damage(worker, &random))) == nil { refused += 1 }
      if (try? CoordinatorMessage.decode(Self.damage(coordinator, &random))) == nil { refused += 1 }
    }
    #expect(refused > 12_500)
  }

  static func damage(_ messages: [[[UInt8]]], _ random: inout SplitMix64) -> [[UInt8]] {
    var frames = messages.randomElement(using: &random) ?? []
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      guard !frames.isEmpty else { return frames }
      let place = frames[0].isEmpty ? 0 : Int.random(in: 0..<frames[0].count, using: &random)
      switch Int.random(in: 0..<7, using: &random) {
      case 0: if !frames[0].isEmpty { frames[0][place] = UInt8.random(in: 0...255, using: &random) }
      case 1: frames[0].removeSubrange(place...)
      case 2: frames[0].insert(contentsOf: Array("{\"-[9e".utf8), at: place)
      case 3: frames.append([1])
      case 4: frames.removeLast()
      case 5: frames[0].insert(contentsOf: Array(repeating: UInt8(ascii: "["), count: 2_000), at: place)
      default:
        if !frames[0].isEmpty {
          frames[0][place] = Array("0123456789-,:\"{}[]".utf8).randomElement(using: &random) ?? 0
        }
      }
    }
    return frames
  }
}
