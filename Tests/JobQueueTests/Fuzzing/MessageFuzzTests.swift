import FuzzSupport
import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

/// Damaged messages, in processes of their own, whose memory nothing else uses.
@Suite("Damaged messages", .timeLimit(.minutes(30)))
struct MessageFuzzTests {
  @Test("What arrives at the coordinator is refused, or means the same when it is said again")
  func incoming() async {
    await #expect(processExitsWith: .success) {
      let corpus =
        try MessageTests.workerMessages.map { try $0.encoded() } + ClientMessageTests.encodedCalls()
      try MessageFuzzTests.expectSound(IncomingMessage.self, corpus, share: 0.5, seed: 1)
    }
  }

  @Test("What arrives at a worker is refused, or means the same when it is said again")
  func toWorkers() async {
    await #expect(processExitsWith: .success) {
      let corpus = try MessageTests.coordinatorMessages.map { try $0.encoded() }
      try MessageFuzzTests.expectSound(CoordinatorMessage.self, corpus, share: 0.2, seed: 2)
    }
  }

  @Test("What arrives at a client is refused, or means the same when it is said again")
  func toClients() async {
    await #expect(processExitsWith: .success) {
      let corpus = try ClientMessageTests.answers.map { try ClientAnswer(request: 3, $0).encoded() }
      try MessageFuzzTests.expectSound(ClientAnswer.self, corpus, share: 0.2, seed: 3)
    }
  }

  private static func expectSound<Decoded: WireMessage & Equatable>(
    _ type: Decoded.Type, _ corpus: [[[UInt8]]], share: Double, seed: UInt64
  ) throws {
    let outcome = Fuzzing.run(share: share, seed: seed) {
      $0.message(from: corpus)
    } isKept: { frames in
      guard let message = try? Decoded.decode(frames) else { return nil }
      return try Decoded.decode(message.encoded()) == message
    }
    #expect(outcome.changed == [])
    #expect(outcome.refused > outcome.accepted / 10)
    #expect(outcome.accepted > outcome.refused / 10)
    #expect(outcome.memoryGrowth < 32 << 20, "bytes")
  }
}

extension ClientMessageTests {
  static func encodedCalls() throws -> [[[UInt8]]] {
    try calls.map { try ClientCall(request: 12, $0).encoded() }
  }
}
