import CZeroMQ
import Glibc

/// Waits until one of several sockets, wakers or file descriptors can be read.
///
/// It retains its sockets and wakers; like them it belongs to one thread.
package struct Poller {
  /// Identifies a socket, waker or file descriptor of a poller.
  package struct Source: Hashable, Sendable {
    fileprivate let number: Int
  }

  private enum Target {
    case socket(Socket)
    case waker(Waker)
    case fileDescriptor(Int32)
  }

  private var targets: [(source: Source, target: Target)] = []
  private var nextNumber = 0

  /// A poller that waits for nothing yet.
  package init() {}

  /// Waits for messages on `socket` too.
  package mutating func add(_ socket: Socket) -> Source { add(.socket(socket)) }

  /// Waits for `waker` too.
  package mutating func add(_ waker: Waker) -> Source { add(.waker(waker)) }

  /// Waits for `fileDescriptor` too: input, its end, or an error on it. The descriptor stays the caller's.
  package mutating func add(fileDescriptor: Int32) -> Source { add(.fileDescriptor(fileDescriptor)) }

  /// No longer waits for `source`.
  package mutating func remove(_ source: Source) {
    targets.removeAll { $0.source == source }
  }

  /// Waits up to `timeout` (nil: without limit, zero: not at all) until something can be read. Signals don't end it.
  ///
  /// - Returns: What can be read; nothing if the time ran out. A source stays ready until it was read empty.
  /// - Throws: `ZeroMQError`, with `isTerminated` if a socket's context was terminated, with EINVAL if there is
  ///   neither a source nor a timeout.
  /// - Complexity: O(number of sources).
  package func wait(timeout: Duration?) throws(ZeroMQError) -> Set<Source> {
    guard timeout != nil || !targets.isEmpty else {
      throw ZeroMQError(operation: "wait without a source or a timeout", code: EINVAL)
    }
    var items: [zmq_pollitem_t] = []
    items.reserveCapacity(targets.count)
    for (_, target) in targets { items.append(try item(target)) }

    let deadline = Deadline(after: timeout)
    while true {
      let count = zmq_poll(&items, Int32(items.count), Int(deadline.milliseconds))
      if count > 0 { break }
      if count < 0 {
        let error = ZeroMQError.last("poll \(items.count) sources")
        if error.code != EINTR { throw error }
      }
      if deadline.hasPassed { return [] }
    }
    return Set(zip(targets, items).lazy.filter { $1.revents != 0 }.map { $0.0.source })
  }

  private mutating func add(_ target: Target) -> Source {
    let source = Source(number: nextNumber)
    nextNumber += 1
    targets.append((source, target))
    return source
  }

  private func item(_ target: Target) throws(ZeroMQError) -> zmq_pollitem_t {
    let events = Int16(ZMQ_POLLIN)
    switch target {
    case .socket(let socket):
      return zmq_pollitem_t(socket: try socket.open("poll"), fd: 0, events: events, revents: 0)
    case .waker(let waker):
      return zmq_pollitem_t(socket: nil, fd: waker.fileDescriptor, events: events, revents: 0)
    case .fileDescriptor(let descriptor):
      return zmq_pollitem_t(socket: nil, fd: descriptor, events: events, revents: 0)
    }
  }
}

/// Ends the wait of a `Poller` from any thread: an eventfd that becomes readable.
package final class Waker: Sendable {
  /// The eventfd, readable after `wake()` until `drain()`. It isn't inherited by programs that are started.
  package let fileDescriptor: Int32

  /// Makes a waker that hasn't been woken.
  ///
  /// - Throws: `ZeroMQError` when no file descriptor is left.
  package init() throws(ZeroMQError) {
    fileDescriptor = try retryingInterrupted("make an eventfd") { czmq_eventfd() }
  }

  deinit {
    Glibc.close(fileDescriptor)
  }

  /// Makes the descriptor readable. Waking twice before a `drain()` is the same as once.
  package func wake() {
    var one: UInt64 = 1
    // Fails otherwise only when the counter is full, and then the descriptor is readable already.
    while write(fileDescriptor, &one, MemoryLayout<UInt64>.size) < 0 && errno == EINTR {}
  }

  /// Makes the descriptor unreadable until the next `wake()`.
  ///
  /// - Returns: Whether it had been woken.
  @discardableResult
  package func drain() -> Bool {
    var count: UInt64 = 0
    while read(fileDescriptor, &count, MemoryLayout<UInt64>.size) < 0 {
      if errno != EINTR { return false }
    }
    return true
  }
}

/// The moment at which a wait ends, or never.
struct Deadline {
  private let moment: ContinuousClock.Instant?

  /// `timeout` from now; nil never ends, zero and less have ended already.
  init(after timeout: Duration?) {
    // Adding some centuries overflows the clock; a hundred years count as no limit.
    let timeout = timeout.flatMap { $0 < .seconds(3_155_760_000) ? $0 : nil }
    moment = timeout.map { ContinuousClock.now.advanced(by: max($0, .zero)) }
  }

  var hasPassed: Bool {
    guard let moment else { return false }
    return ContinuousClock.now >= moment
  }

  /// The time left, for libzmq: -1 for no limit, at most Int32.max.
  var milliseconds: Int32 {
    guard let moment else { return -1 }
    return ContinuousClock.now.duration(to: moment).wholeMilliseconds
  }
}

extension Duration {
  /// Rounded up, so that a wait is never shorter than asked, and held within 0...Int32.max.
  var wholeMilliseconds: Int32 {
    guard self > .zero else { return 0 }
    let (seconds, attoseconds) = components
    guard seconds < Int64(Int32.max) / 1000 else { return Int32.max }
    return Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}
