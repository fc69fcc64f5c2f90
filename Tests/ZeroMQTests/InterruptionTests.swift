import Foundation
import Synchronization
import Testing
import ZeroMQ

private let signalsSeen = Atomic(0)

/// A new thread inherits its maker's mask, and the threads of tasks block signals.
private func acceptSignals() {
  var signals = sigset_t()
  sigemptyset(&signals)
  sigaddset(&signals, SIGUSR1)
  pthread_sigmask(SIG_UNBLOCK, &signals, nil)
}

/// Serialized, as they share a signal's handler.
@Suite(.serialized) struct InterruptionTests {
  init() {
    _ = signalsSeen.load(ordering: .relaxed)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in signalsSeen.add(1, ordering: .relaxed) }
    sigaction(SIGUSR1, &action, nil)
  }

  @Test func signalsDoNotEndAReceive() async throws {
    let received = try await interrupting { socket in try socket.receive(timeout: patience) }
    #expect(received == ["after the signals"])
  }

  @Test func signalsDoNotEndAPoll() async throws {
    let received = try await interrupting { socket in
      var poller = Poller()
      let source = poller.add(socket)
      return try poller.wait(timeout: patience) == [source] ? try socket.receiveNow() : nil
    }
    #expect(received == ["after the signals"])
  }

  @Test func signalsDoNotEndASend() async throws {
    let context = try Context()
    let sending = interrupted { started in
      let socket = try context.socket(.push)
      started(try socket.bind(to: "inproc://interrupted-send", security: .loopback))
      return try socket.send(["through the signals"], timeout: patience)
    }
    let address = try await sending.signal()
    let sink = try context.socket(.pull)
    try sink.connect(to: address, security: .loopback)
    #expect(try sink.receive(timeout: patience) == ["through the signals"])
    #expect(try await sending.result.value)
  }

  /// What `body` gets out of a socket, on a thread that is hit by signals before the message is sent.
  private func interrupting(
    _ body: @escaping @Sendable (Socket) throws -> Message?
  ) async throws -> Message? {
    let context = try Context()
    let receiving = interrupted { started in
      let socket = try context.socket(.pull)
      started(try socket.bind(to: "tcp://127.0.0.1:*", security: .loopback))
      return try body(socket)
    }
    let address = try await receiving.signal()
    let source = try context.socket(.push)
    try source.connect(to: address, security: .loopback)
    #expect(try source.send(["after the signals"], timeout: patience))
    let received = try await receiving.result.value
    // Were it closed earlier, what it sent could be dropped.
    withExtendedLifetime(source) {}
    return received
  }

  /// Starts `body` on a thread that takes signals; it calls its argument with its address before it blocks.
  private func interrupted<Value: Sendable>(
    _ body: @escaping @Sendable (_ started: (String) -> Void) throws -> Value
  ) -> Interrupted<Value> {
    let (started, start) = AsyncStream.makeStream(of: (pthread_t, String).self)
    let signalled = DispatchSemaphore(value: 0)
    let result = Task {
      try await onThread {
        acceptSignals()
        let result = Result { try body { start.yield((pthread_self(), $0)) } }
        start.finish()
        // A thread that has ended can't be signalled.
        signalled.wait()
        return try result.get()
      }
    }
    return Interrupted(started: started, signalled: signalled, result: result)
  }
}

/// Blocking work on a thread that is to be hit by signals.
private struct Interrupted<Value: Sendable> {
  let started: AsyncStream<(pthread_t, String)>
  let signalled: DispatchSemaphore
  let result: Task<Value, any Error>

  /// Hits the thread again and again once it has started, and returns its address.
  func signal() async throws -> String {
    defer { signalled.signal() }
    let (thread, address) = try #require(await started.first { _ in true })
    let before = signalsSeen.load(ordering: .relaxed)
    for count in 1...50 {
      pthread_kill(thread, SIGUSR1)
      try #require(eventually { signalsSeen.load(ordering: .relaxed) >= before + count })
    }
    return address
  }
}
