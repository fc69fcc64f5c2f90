import Foundation
import Testing
import ZeroMQ

@Suite struct WaitingTests {
  @Test func receiveGivesUpAfterItsTimeout() throws {
    let socket = try Context().socket(.pull)
    let start = ContinuousClock.now
    #expect(try socket.receive(timeout: .milliseconds(30)) == nil)
    let elapsed = start.duration(to: .now)
    #expect(elapsed >= .milliseconds(30))
    #expect(elapsed < patience)
    #expect(try socket.receiveNow() == nil)
  }

  @Test func sendGivesUpAfterItsTimeoutWithoutAPeer() throws {
    let socket = try Context().socket(.push)
    let start = ContinuousClock.now
    #expect(try !socket.send(["hello"], timeout: .milliseconds(30)))
    let elapsed = start.duration(to: .now)
    #expect(elapsed >= .milliseconds(30))
    #expect(elapsed < patience)
    #expect(try !socket.sendNow(["hello"]))
  }

  @Test func sendStopsAtTheHighWaterMarkAndGoesOnAfterIt() throws {
    let context = try Context()
    var options = SocketOptions.small
    options.sendHighWaterMark = 5
    options.receiveHighWaterMark = 5
    let sink = try context.socket(.pull, options)
    let source = try context.socket(.push, options)
    try sink.bind(to: "inproc://full", security: .loopback)
    try source.connect(to: "inproc://full", security: .loopback)

    var sent = 0
    while sent < 1000, try source.sendNow(["a", "b"]) { sent += 1 }
    #expect(sent == 10)
    for _ in 0..<sent { #expect(try sink.receive(timeout: patience) == ["a", "b"]) }
    #expect(try source.send(["c"], timeout: patience))
    #expect(try sink.receive(timeout: patience) == ["c"])
  }

  @Test func endlessTimeoutIsAccepted() throws {
    let context = try Context()
    let sink = try context.socket(.pull)
    let source = try context.socket(.push)
    try sink.bind(to: "inproc://endless", security: .loopback)
    try source.connect(to: "inproc://endless", security: .loopback)
    try source.send(["hello"], timeout: .seconds(Int64.max))
    #expect(try sink.receive(timeout: .seconds(Int64.max)) == ["hello"])
  }
}
