import Foundation
import Testing
import ZeroMQ

@Suite struct PollerTests {
  @Test func reportsTheSocketThatHasAMessageAlone() throws {
    let context = try Context()
    let (busy, idle, source) = (
      try context.socket(.pull), try context.socket(.pull), try context.socket(.push)
    )
    try source.connect(to: busy.bind(to: "tcp://127.0.0.1:*", security: .loopback), security: .loopback)
    var poller = Poller()
    let busySource = poller.add(busy)
    let idleSource = poller.add(idle)

    #expect(try poller.wait(timeout: .zero).isEmpty)
    try source.send(["hello"])
    #expect(try poller.wait(timeout: patience) == [busySource])
    #expect(try poller.wait(timeout: patience) == [busySource], "ready until it was read")
    #expect(try busy.receiveNow() == ["hello"])
    #expect(try poller.wait(timeout: .zero).isEmpty)
    poller.remove(idleSource)
    poller.remove(busySource)
    try source.send(["again"])
    #expect(try busy.receive(timeout: patience) == ["again"])
  }

  @Test func wakerEndsTheWaitFromAnotherThread() async throws {
    let waker = try Waker()
    let waiting = Task {
      try await onThread { () throws -> Bool in
        var poller = Poller()
        let source = poller.add(waker)
        return try poller.wait(timeout: patience) == [source]
      }
    }
    waker.wake()
    #expect(try await waiting.value)
  }

  @Test func wakerIsReadyOnceForManyWakesAndNotAfterADrain() throws {
    let waker = try Waker()
    var poller = Poller()
    let source = poller.add(waker)
    #expect(!waker.drain())
    for _ in 0..<3 { waker.wake() }
    #expect(try poller.wait(timeout: patience) == [source])
    #expect(waker.drain())
    #expect(try poller.wait(timeout: .zero).isEmpty)
    #expect(!waker.drain())
  }

  @Test func reportsInputAndTheEndOfAFileDescriptor() throws {
    let pipe = Pipe()
    var poller = Poller()
    let source = poller.add(fileDescriptor: pipe.fileHandleForReading.fileDescriptor)
    #expect(try poller.wait(timeout: .zero).isEmpty)
    try pipe.fileHandleForWriting.write(contentsOf: Data([1]))
    #expect(try poller.wait(timeout: patience) == [source])
    #expect(try pipe.fileHandleForReading.read(upToCount: 1) == Data([1]))
    #expect(try poller.wait(timeout: .zero).isEmpty)
    try pipe.fileHandleForWriting.close()
    #expect(try poller.wait(timeout: patience) == [source])
  }

  @Test func waitGivesUpAfterItsTimeout() throws {
    var poller = Poller()
    let waker = try Waker()
    _ = poller.add(waker)
    let start = ContinuousClock.now
    #expect(try poller.wait(timeout: .milliseconds(30)).isEmpty)
    let elapsed = start.duration(to: .now)
    #expect(elapsed >= .milliseconds(30))
    #expect(elapsed < patience)
  }

  @Test func waitingForEverForNothingIsRefused() {
    #expect(throws: ZeroMQError.self) { try Poller().wait(timeout: nil) }
  }

  @Test func closedSocketIsRefused() throws {
    let socket = try Context().socket(.pull)
    var poller = Poller()
    _ = poller.add(socket)
    socket.close()
    #expect(throws: ZeroMQError(operation: "poll on a closed socket", code: 88)) {
      try poller.wait(timeout: .zero)
    }
  }
}
