import Glibc
import Synchronization
import ZeroMQ

/// Turns `SIGINT`, `SIGTERM` and `SIGHUP` (the terminal was closed) into something a `Poller` can wait for, and counts
/// them, so that a second one can mean "at once". Those that come within a second of one that counted are the same one:
/// a scheduler signals a whole process tree, whose members pass the signal on. `SIGHUP` stays ignored if it was, as under `nohup`. One may exist at a
/// time; the signals' former actions come back when it goes.
package final class SignalWatcher: Sendable {
  private static let watched: [Int32] = [SIGINT, SIGTERM, SIGHUP]
  // Atomics, since the handler may run on any thread at any moment; it only reads the clock, adds, stores and writes to an eventfd.
  private static let descriptor = Atomic<Int32>(-1)
  private static let received = Atomic<Int>(0)
  private static let lastSignal = Atomic<Int32>(0)
  private static let lastCounted = Atomic<Int64>(.min)
  /// In nanoseconds.
  private static let oneAndTheSame: Int64 = 1_000_000_000

  package let waker: Waker
  private let former: [(signal: Int32, action: sigaction)]

  /// Begins to watch.
  ///
  /// - Throws: `ZeroMQError` when no file descriptor is left.
  package init() throws {
    let waker = try Waker()
    self.waker = waker
    Self.received.store(0, ordering: .relaxed)
    Self.lastSignal.store(0, ordering: .relaxed)
    Self.lastCounted.store(.min, ordering: .relaxed)
    Self.descriptor.store(waker.fileDescriptor, ordering: .sequentiallyConsistent)
    var former: [(Int32, sigaction)] = []
    for signal in Self.watched {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { SignalWatcher.receive($0) }
      action.sa_flags = SA_RESTART
      var old = sigaction()
      sigaction(signal, nil, &old)
      // C's SIG_IGN, which Swift can't compare.
      let isIgnored = unsafeBitCast(old.__sigaction_handler.sa_handler, to: Int.self) == 1
      if signal == SIGHUP, isIgnored { continue }
      sigaction(signal, &action, nil)
      former.append((signal, old))
    }
    self.former = former
    // Whoever started this process may have blocked them.
    var watched = sigset_t()
    sigemptyset(&watched)
    for signal in Self.watched { sigaddset(&watched, signal) }
    pthread_sigmask(SIG_UNBLOCK, &watched, nil)
  }

  deinit {
    for (signal, action) in former {
      var action = action
      sigaction(signal, &action, nil)
    }
    Self.descriptor.store(-1, ordering: .sequentiallyConsistent)
  }

  /// How many signals that count have come since the watch began. Empties the descriptor that a poller waits for.
  package func drain() -> Int {
    waker.drain()
    return Self.received.load(ordering: .sequentiallyConsistent)
  }

  /// The signal that came last; `nil` if none did.
  package var last: Int32? {
    let signal = Self.lastSignal.load(ordering: .relaxed)
    return signal == 0 ? nil : signal
  }

  private static func receive(_ signal: Int32) {
    let code = errno
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let now = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    let last = lastCounted.load(ordering: .relaxed)
    if last == .min || now - last >= oneAndTheSame {
      lastCounted.store(now, ordering: .relaxed)
      received.add(1, ordering: .sequentiallyConsistent)
    }
    lastSignal.store(signal, ordering: .relaxed)
    var one: UInt64 = 1
    let target = descriptor.load(ordering: .sequentiallyConsistent)
    if target >= 0 { _ = write(target, &one, MemoryLayout<UInt64>.size) }
    errno = code
  }
}

/// Ctrl-Z at the terminal (SIGTSTP) as a request, so that a process can stop its children before itself. One may exist at
/// a time. It does nothing where the signal is ignored.
final class TerminalStop: Sendable {
  private static let requests = Atomic<Int>(0)
  private let former: sigaction?

  init() {
    Self.requests.store(0, ordering: .relaxed)
    var old = sigaction()
    sigaction(SIGTSTP, nil, &old)
    // C's SIG_IGN, which Swift can't compare.
    if unsafeBitCast(old.__sigaction_handler.sa_handler, to: Int.self) == 1 {
      former = nil
    } else {
      former = old
      Self.watch()
    }
  }

  deinit {
    guard var former else { return }
    sigaction(SIGTSTP, &former, nil)
  }

  var isRequested: Bool { Self.requests.load(ordering: .relaxed) > 0 }

  /// Stops this process as the signal would have; it returns when the process continues. The system doesn't stop a process
  /// that no shell could continue.
  func stop() {
    guard former != nil else { return }
    var action = sigaction()
    action.__sigaction_handler.sa_handler = SIG_DFL
    sigaction(SIGTSTP, &action, nil)
    kill(getpid(), SIGTSTP)
    Self.requests.store(0, ordering: .relaxed)
    Self.watch()
  }

  private static func watch() {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in TerminalStop.requests.add(1, ordering: .relaxed) }
    action.sa_flags = SA_RESTART
    sigaction(SIGTSTP, &action, nil)
    // Whoever started this process may have blocked it.
    var watched = sigset_t()
    sigemptyset(&watched)
    sigaddset(&watched, SIGTSTP)
    pthread_sigmask(SIG_UNBLOCK, &watched, nil)
  }
}
