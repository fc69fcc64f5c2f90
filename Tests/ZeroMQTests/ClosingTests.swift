import Foundation
import Testing

@testable import ZeroMQ

@Suite struct ClosingTests {
  @Test(.timeLimit(.minutes(1)))
  func closingDropsUndeliveredMessagesWithoutDelay() async throws {
    let elapsed = try await onThread {
      var context: Context? = try Context()
      var socket: Socket? = try context?.socket(.push)
      // Nobody listens on the discard port here, so the messages stay queued.
      try socket?.connect(to: "tcp://127.0.0.1:9", security: .loopback)
      for _ in 0..<100 { #expect(try socket?.sendNow([Frame([UInt8](repeating: 0, count: 1000))]) == true) }
      return ContinuousClock().measure {
        socket?.close()
        socket = nil
        context?.terminate()
        context = nil
      }
    }
    #expect(elapsed < .seconds(5))
  }

  @Test func lingerDeliversWhatWasSentBeforeClosing() throws {
    let receiving = try Context()
    let sink = try receiving.socket(.pull)
    let bound = try sink.bind(to: "tcp://127.0.0.1:*", security: .loopback)
    var options = SocketOptions.small
    options.linger = patience
    let source = try Context().socket(.push, options)
    try source.connect(to: bound, security: .loopback)
    for number in 0..<100 { try source.send([Frame("\(number)")]) }
    source.close()
    for number in 0..<100 { #expect(try sink.receive(timeout: patience) == [Frame("\(number)")]) }
  }

  @Test func terminationEndsAReceiveOnAnotherThread() async throws {
    let context = try Context()
    let receiving = Task {
      try await onThread { () throws -> Bool in
        do {
          _ = try context.socket(.pull).receive(timeout: patience)
          return false
        } catch let error as ZeroMQError {
          return error.isTerminated
        }
      }
    }
    context.terminate()
    #expect(try await receiving.value)
  }

  @Test(.timeLimit(.minutes(1)))
  func terminatedContextOpensNoSocketAndIsReleased() async throws {
    weak var released: Context?
    do {
      let context = try Context()
      released = context
      context.terminate()
      context.terminate()
      let error = #expect(throws: ZeroMQError.self) { try context.socket(.pull) }
      #expect(error?.isTerminated == true)
    }
    #expect(released == nil)
  }

  @Test func closedSocketThrowsOnEveryUse() throws {
    let socket = try Context().socket(.dealer)
    socket.close()
    socket.close()
    #expect(throws: ZeroMQError(operation: "send on a closed socket", code: 88)) { try socket.sendNow(["x"]) }
    #expect(throws: ZeroMQError.self) { try socket.receiveNow() }
    #expect(throws: ZeroMQError.self) { try socket.bind(to: "inproc://closed", security: .loopback) }
    #expect(throws: ZeroMQError.self) { try socket.connect(to: "inproc://closed", security: .loopback) }
  }

  @Test func unboundAddressCanBeBoundAgain() throws {
    let context = try Context()
    let first = try context.socket(.pull)
    let bound = try first.bind(to: "tcp://127.0.0.1:*", security: .loopback)
    let second = try context.socket(.pull)
    let taken = #expect(throws: ZeroMQError.self) { try second.bind(to: bound, security: .loopback) }
    #expect(taken?.isAddressInUse == true)
    try first.unbind(bound)
    #expect(eventually { (try? second.bind(to: bound, security: .loopback)) == bound })
  }

  @Test func openingAndClosingLeaksNoFileDescriptor() async {
    // In a process of its own, as other tests open files meanwhile.
    await #expect(processExitsWith: .success) {
      func openDescriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
      }
      func cycle() throws {
        let context = try Context()
        let server = try context.socket(.router)
        let client = try context.socket(.dealer, .named("client"))
        try client.connect(to: server.bind(to: "tcp://127.0.0.1:*", security: .loopback), security: .loopback)
        try client.send(["hello"])
        #expect(try server.receive(timeout: patience) == ["client", "hello"])
        #expect(throws: ZeroMQError.self) { try context.socket(.pull, SocketOptions(maximumMessageSize: -1)) }
        let waker = try Waker()
        waker.wake()
        if client.kind == .router { client.close() }
      }
      try cycle()
      let before = try openDescriptors()
      for _ in 0..<200 { try cycle() }
      // A leak is 200 and more; the tests' own runtime opens a few whenever it likes.
      #expect(try openDescriptors() - before < 20)
    }
  }
}
