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
    let (threads, thread) = AsyncStream.makeStream(of: pthread_t.self)
    let sending = Task {
      try await onThread {
        acceptSignals()
        let socket = try context.socket(.push)
        try socket.bind(to: "inproc://interrupted-send", security: .loopback)
        thread.yield(pthread_self())
        return try socket.send(["through the signals"], timeout: patience)
      }
    }
    try await signal(#require(await threads.first { _ in true }))
    let sink = try context.socket(.pull)
    try sink.connect(to: "inproc://interrupted-send", security: .loopback)
    #expect(try sink.receive(timeout: patience) == ["through the signals"])
    #expect(try await sending.value)
  }

  /// What `body` gets out of a socket, on a thread that is hit by signals before the message is sent.
  private func interrupting(
    _ body: @escaping @Sendable (Socket) throws -> Message?
  ) async throws -> Message? {
    let context = try Context()
    let (started, start) = AsyncStream.makeStream(of: (pthread_t, String).self)
    let receiving = Task {
      try await onThread {
        acceptSignals()
        let socket = try context.socket(.pull)
        start.yield((pthread_self(), try socket.bind(to: "tcp://127.0.0.1:*", security: .loopback)))
        return try body(socket)
      }
    }
    let (thread, address) = try #require(await started.first { _ in true })
    try await signal(thread)
    let source = try context.socket(.push)
    try source.connect(to: address, security: .loopback)
    try source.send(["after the signals"])
    return try await receiving.value
  }

  private func signal(_ thread: pthread_t) async throws {
    let before = signalsSeen.load(ordering: .relaxed)
    for count in 1...50 {
      pthread_kill(thread, SIGUSR1)
      #expect(eventually { signalsSeen.load(ordering: .relaxed) >= before + count })
    }
  }
}
