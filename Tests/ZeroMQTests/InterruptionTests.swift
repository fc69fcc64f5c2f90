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

  @Test func signalsDoNotEndAReceive() throws {
    let received = try interrupting { socket in try socket.receive(timeout: patience) }
    #expect(received == ["after the signals"])
  }

  @Test func signalsDoNotEndAPoll() throws {
    let received = try interrupting { socket in
      var poller = Poller()
      let source = poller.add(socket)
      return try poller.wait(timeout: patience) == [source] ? try socket.receiveNow() : nil
    }
    #expect(received == ["after the signals"])
  }

  @Test func signalsDoNotEndASend() throws {
    let context = try Context()
    let sending = Interrupted { started in
      let socket = try context.socket(.push)
      started(try socket.bind(to: "inproc://interrupted-send", security: .loopback))
      return try socket.send(["through the signals"], timeout: patience)
    }
    let address = try sending.signal()
    let sink = try context.socket(.pull)
    try sink.connect(to: address, security: .loopback)
    #expect(try sink.receive(timeout: patience) == ["through the signals"])
    #expect(try sending.value())
  }

  /// What `body` gets out of a socket, on a thread that is hit by signals before the message is sent.
  private func interrupting(
    _ body: @escaping @Sendable (Socket) throws -> Message?
  ) throws -> Message? {
    let context = try Context()
    let receiving = Interrupted { started in
      let socket = try context.socket(.pull)
      started(try socket.bind(to: "tcp://127.0.0.1:*", security: .loopback))
      return try body(socket)
    }
    let address = try receiving.signal()
    let source = try context.socket(.push)
    try source.connect(to: address, security: .loopback)
    #expect(try source.send(["after the signals"], timeout: patience))
    let received = try receiving.value()
    // Were it closed earlier, what it sent could be dropped.
    withExtendedLifetime(source) {}
    return received
  }
}

/// Blocking work on a thread that is to be hit by signals. Whoever waits for it blocks, too: a task that waits for its turn
/// among other tests might have it only when the work has lost patience.
private final class Interrupted<Value: Sendable>: Sendable {
  private let start = Mutex<(thread: pthread_t, address: String)?>(nil)
  private let result = Mutex<Result<Value, any Error>?>(nil)
  private let hasStarted = DispatchSemaphore(value: 0)
  private let wasSignalled = DispatchSemaphore(value: 0)
  private let hasEnded = DispatchSemaphore(value: 0)

  /// Starts `body`; it calls its argument with its address before it blocks.
  init(_ body: @escaping @Sendable (_ started: (String) -> Void) throws -> Value) {
    Thread { [self] in
      acceptSignals()
      let ended = Result {
        try body { address in
          start.withLock { $0 = (pthread_self(), address) }
          hasStarted.signal()
        }
      }
      hasStarted.signal()
      // A thread that has ended can't be signalled.
      wasSignalled.wait()
      result.withLock { $0 = ended }
      hasEnded.signal()
    }.start()
  }

  /// Hits the thread again and again once it has started, and returns its address.
  func signal() throws -> String {
    defer { wasSignalled.signal() }
    hasStarted.wait()
    let (thread, address) = try #require(start.withLock { $0 })
    let before = signalsSeen.load(ordering: .relaxed)
    for count in 1...50 {
      pthread_kill(thread, SIGUSR1)
      try #require(eventually { signalsSeen.load(ordering: .relaxed) >= before + count })
    }
    return address
  }

  /// What `body` returned or threw.
  func value() throws -> Value {
    hasEnded.wait()
    return try #require(result.withLock { $0 }).get()
  }
}
