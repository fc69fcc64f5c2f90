import Digests
import Foundation
import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

@Suite("Headers of frequent messages, written and read without a general encoder")
struct PlainHeaderTests {
  private let reference = AttemptReference(attempt: AttemptID(12_345), job: JobID(ofPayload: [1, 2]))

  private func general<Message: WireMessage>(_ message: Message) throws -> [UInt8] {
    Array(try JSONEncoder().encode(Envelope.Outgoing(type: message.parts.type, header: message.parts.header)))
  }

  private func object(_ header: [UInt8]) throws -> NSDictionary {
    try #require(try JSONSerialization.jsonObject(with: Data(header)) as? NSDictionary)
  }

  /// Both ways write the same fields, and each reads what the other wrote.
  private func agree<Message: WireMessage & Equatable>(_ message: Message) throws {
    let plain = try #require(message.plainHeader)
    let other = try general(message)
    #expect(try object(plain) == object(other))
    for header in [plain, other] {
      let flat = try #require(FlatHeader(header))
      #expect(Message.readPlain(flat, message.parts.frames[...]) == message)
    }
    // The spaces send it to the general decoder.
    let spaced = Array(String(decoding: plain, as: UTF8.self).replacing(",", with: ", ").utf8)
    #expect(FlatHeader(spaced) == nil)
    #expect(try Message.decode([spaced] + message.parts.frames) == message)
  }

  @Test("Both ways say the same", arguments: [0, 1.5, 1.2e-05, 123_456.789, 1e300])
  func agree(seconds: Double) throws {
    let result = JobResult(bytes: [1, 2, 3], seconds: seconds, steps: 77)
    try agree(WorkerMessage.result(reference, result))
    try agree(CoordinatorMessage.acknowledge(reference))
    try agree(CoordinatorMessage.assign(reference, payload: [9], nil))
  }

  @Test("Other messages have no plain header")
  func others() {
    #expect(
      CoordinatorMessage.assign(reference, payload: [], Checkpoint(step: 1, bytes: [1])).plainHeader == nil)
    #expect(CoordinatorMessage.alive.plainHeader == nil)
    #expect(WorkerMessage.heartbeat(Heartbeat()).plainHeader == nil)
    #expect(
      WorkerMessage.result(reference, JobResult(bytes: [], seconds: .infinity, steps: 1)).plainHeader == nil)
  }

  @Test(
    "What is not plain, or not right, is left to the general decoder",
    arguments: [
      "", "{", "{}", "{\"a\":1", "{\"a\":1}x", "{\"a\":}", "{\"a\":01}", "{\"a\":1.}", "{\"a\":1e}",
      "{\"a\":-1}",
      "{\"a\":1,}", "{\"a\":1,\"a\":2}", "{\"a\":\"\\u0041\"}", "{\"a\":\"\u{e9}\"}", "{\"a\":[1]}",
      "{\"a\":null}",
      "{ \"a\":1}", "{\"a\" :1}", "{a:1}", "{\"a\":\"b}", "[1]",
    ])
  func notPlain(text: String) { #expect(FlatHeader(Array(text.utf8)) == nil) }

  @Test(
    "Fields out of range are refused as ever",
    arguments: [
      ("12345", "0"), ("0", "12345"), ("1e3", "12345"), ("99999999999999999999", "1"),
    ])
  func outOfRange(steps: String, attempt: String) throws {
    let header = """
      {"potline":1,"type":"result","attempt":\(attempt),"job":"\(reference.job.hex)","digest":"\(reference.job.hex)",\
      "seconds":1,"steps":\(steps)}
      """
    let isFine = steps == "1e3" || (steps == "0" && attempt != "0")
    if isFine {
      _ = try WorkerMessage.decode([Array(header.utf8), []])
    } else {
      #expect(throws: MessageError.self) { try WorkerMessage.decode([Array(header.utf8), []]) }
    }
    // Another version, another type and another number of frames are nobody's plain message.
    let other = header.replacing("\"potline\":1", with: "\"potline\":2")
    let flat = try #require(FlatHeader(Array(other.utf8)))
    #expect(WorkerMessage.readPlain(flat, [[]]) == nil)
    #expect(CoordinatorMessage.readPlain(flat, [[]]) == nil)
  }
}
