import CZeroMQ

/// Waits until one of several sockets, wakers or file descriptors can be read.
///
/// It retains its sockets and wakers; like them it belongs to one thread.
package struct Poller {
  /// Stands for one thing that is waited for.
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

  /// Waits up to `timeout` (nil: for ever, zero: not at all) until something can be read. Signals don't end it.
  ///
  /// - Returns: What can be read; nothing if the time ran out. A source stays ready until it was read empty.
  /// - Throws: `ZeroMQError`, with `isTerminated` if a socket's context was terminated, with EINVAL if there is
  ///   neither a source nor a timeout.
  /// - Complexity: O(number of sources).
  package func wait(timeout: Duration?) throws(ZeroMQError) -> Set<Source> {
    guard timeout != nil || !targets.isEmpty else {
      throw ZeroMQError(operation: "wait for ever for nothing", code: EINVAL)
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
