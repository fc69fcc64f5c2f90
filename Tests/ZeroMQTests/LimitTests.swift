import Testing
import ZeroMQ

@Suite struct LimitTests {
  @Test func messageOfTooManyFramesIsDroppedWholeAndTheNextIsIntact() throws {
    let (server, client, _) = try connectedPair()
    try client.send(Message((0..<40).map { Frame("\($0)") }))
    try client.send(["next", "whole"])

    let error = #expect(throws: OversizedMessageError.self) {
      try server.receive(limits: MessageLimits(frames: 16), timeout: patience)
    }
    #expect(error?.frameCount == 41)
    #expect(error?.firstFrame == "client")
    #expect(
      try server.receive(limits: MessageLimits(frames: 16), timeout: patience) == ["client", "next", "whole"])
  }

  @Test func messageOfTooManyBytesIsDroppedWholeAndTheNextIsIntact() throws {
    let (server, client, _) = try connectedPair()
    try client.send([
      Frame([UInt8](repeating: 1, count: 600)), Frame([UInt8](repeating: 2, count: 600)), "tail",
    ])
    try client.send(["next"])

    let limits = MessageLimits(frames: 16, bytes: 1000)
    let error = #expect(throws: OversizedMessageError.self) {
      try server.receive(limits: limits, timeout: patience)
    }
    #expect(error?.byteCount == 1210)
    for number in ["4", "1210", "16", "1000"] { #expect(error?.description.contains(number) == true) }
    #expect(try server.receive(limits: limits, timeout: patience) == ["client", "next"])
  }

  @Test func messageAtItsLimitsIsReceived() throws {
    let (server, client, _) = try connectedPair()
    try client.send(["12", "34"])
    let limits = MessageLimits(frames: 3, bytes: 10)
    #expect(try server.receive(limits: limits, timeout: patience) == ["client", "12", "34"])
  }

  @Test func firstFrameBeyondTheLimitIsNotKept() throws {
    let (server, client, _) = try connectedPair()
    try client.send(["x"])
    let error = #expect(throws: OversizedMessageError.self) {
      try server.receive(limits: MessageLimits(bytes: 3), timeout: patience)
    }
    #expect(error != nil)
    #expect(error?.firstFrame == nil)
  }

  @Test func frameBeyondTheMaximumSizeEndsThePeersConnection() throws {
    let context = try Context()
    let server = try context.socket(.router, SocketOptions(maximumMessageSize: 1000))
    var options = SocketOptions.named("client")
    options.reconnectInterval = .seconds(3600)
    let client = try context.socket(.dealer, options)
    try client.connect(to: server.bind(to: "tcp://127.0.0.1:*", security: .loopback), security: .loopback)

    try client.send([Frame([UInt8](repeating: 1, count: 1000))])
    #expect(try server.receive(timeout: patience)?.byteCount == 1006)

    try client.send([Frame([UInt8](repeating: 1, count: 1001))])
    let isGone = try eventually {
      do {
        _ = try server.sendNow(["client", "are you there?"])
        return false
      } catch let error as ZeroMQError where error.isHostUnreachable {
        return true
      }
    }
    #expect(isGone)
    #expect(try server.receiveNow() == nil)

    let other = try context.socket(.dealer, .named("other"))
    try other.connect(to: server.bind(to: "tcp://127.0.0.1:*", security: .loopback), security: .loopback)
    try other.send(["small"])
    #expect(try server.receive(timeout: patience) == ["other", "small"])
  }

  private func connectedPair() throws -> (server: Socket, client: Socket, context: Context) {
    let context = try Context()
    let server = try context.socket(.router)
    let client = try context.socket(.dealer, .named("client"))
    try client.connect(to: server.bind(to: "tcp://127.0.0.1:*", security: .loopback), security: .loopback)
    return (server, client, context)
  }
}
