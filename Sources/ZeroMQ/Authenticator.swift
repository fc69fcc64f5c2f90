import CZeroMQ
import Foundation
import Synchronization

/// Decides which peers may connect to the CURVE servers of a context, on a thread of its own (the ZAP handler of
/// ZeroMQ RFC 27): the holders of a key in its table.
///
/// A socket that was bound with `Security.curveServer` retains its authenticator, so that none is ever open without it. The thread ends after the last of them, or when the context is terminated.
package final class Authenticator: Sendable {
  let context: Context
  private let state: State

  /// Begins to answer libzmq's questions; make it before the first bind.
  ///
  /// - Parameters:
  ///   - context: The context of the sockets; it can have one authenticator.
  ///   - keys: Who is let in.
  ///   - onDenial: Called for each refused connection, on the authenticator's thread: it must return soon, and has to cope with
  ///     many.
  /// - Throws: `ZeroMQError`, with `isAddressInUse` if the context has an authenticator already.
  package init(
    context: Context, keys: AdmittedKeys, onDenial: @escaping @Sendable (Denial) -> Void
  ) throws {
    self.context = context
    var options = SocketOptions(maximumMessageSize: 64 << 10)
    options.routerMandatory = false
    let socket = try Socket(.router, context: context, options: options)
    try socket.bind(to: "inproc://zeromq.zap.01", security: .loopback)
    let state = State(keys: keys, onDenial: onDenial, waker: try Waker())
    self.state = state
    state.newSockets.withLock { $0.append(Handover(socket: socket)) }
    let thread = Thread { state.serve() }
    thread.name = "authenticator"
    thread.stackSize = 1 << 20
    thread.start()
  }

  deinit {
    state.isStopped.store(true, ordering: .relaxed)
    state.waker.wake()
  }

  /// The current table.
  package var keys: AdmittedKeys { state.keys.withLock { $0 } }

  /// Replaces the table, from the next handshake on. Open connections stay open: drop messages of revoked keys by
  /// `Message.userID`.
  package func replaceKeys(_ keys: AdmittedKeys) { state.keys.withLock { $0 = keys } }

  /// Reports the connections of a server socket that fail before libzmq asks. Belongs to the socket's thread.
  func watch(_ server: UnsafeMutableRawPointer) throws {
    let events = try Socket.monitor(server, events: HandshakeEvents.watched, context: context)
    state.newSockets.withLock { $0.append(Handover(socket: events)) }
    state.waker.wake()
  }
}

extension Authenticator {
  /// Shared between the thread and its owner.
  final class State: Sendable {
    let keys: Mutex<AdmittedKeys>
    let onDenial: @Sendable (Denial) -> Void
    let waker: Waker
    /// Sockets on their way to the thread: the one for questions, then those for events.
    let newSockets = Mutex<[Handover]>([])
    let isStopped = Atomic<Bool>(false)

    init(keys: AdmittedKeys, onDenial: @escaping @Sendable (Denial) -> Void, waker: Waker) {
      self.keys = Mutex(keys)
      (self.onDenial, self.waker) = (onDenial, waker)
    }

    /// The thread. It ends early only with the context, as a server must never be without it.
    func serve() {
      var poller = Poller()
      _ = poller.add(waker)
      var questions: Socket?
      var watched: [(source: Poller.Source, socket: Socket, events: HandshakeEvents)] = []
      while !isStopped.load(ordering: .relaxed) {
        waker.drain()
        newSockets.withLock { new in
          for socket in new.map(\.socket) {
            let source = poller.add(socket)
            if socket.kind == .router {
              questions = socket
            } else {
              watched.append((source, socket, HandshakeEvents()))
            }
          }
          new = []
        }
        do {
          if let questions { try answer(on: questions) }
          for index in watched.indices.reversed()
          where try take(from: watched[index].socket, &watched[index].events) {
            poller.remove(watched[index].source)
            watched.remove(at: index)
          }
          for index in watched.indices { watched[index].events.floods.endFloods() }
          let isIdle = watched.allSatisfy(\.events.floods.isIdle)
          _ = try poller.wait(timeout: isIdle ? nil : FloodWatch.interval)
        } catch let error as ZeroMQError {
          if error.isTerminated { return }
        } catch {
          // A message beyond the limits: dropped.
        }
      }
    }
  }
}

/// A socket on its way to another thread.
struct Handover: @unchecked Sendable {  // A lock stands between its two threads.
  let socket: Socket
}

extension Authenticator.State {
  /// Answers the requests that have arrived.
  fileprivate func answer(on socket: Socket) throws {
    while let message = try socket.receiveNow(limits: MessageLimits(frames: 16, bytes: 64 << 10)) {
      guard let request = ZapRequest(message) else {
        onDenial(Denial(reason: .malformedRequest, peer: nil))
        continue
      }
      let verdict = request.judged(by: keys.withLock { $0 })
      if case .failure(let reason) = verdict { onDenial(Denial(reason: reason, peer: request.peer)) }
      _ = try socket.sendNow(request.reply(verdict))
    }
  }

  /// Takes the events that have arrived: each is one frame of a number (16 bits) and a value (32 bits), and one of an address.
  ///
  /// - Returns: Whether the watched socket was closed.
  fileprivate func take(from socket: Socket, _ events: inout HandshakeEvents) throws -> Bool {
    while let message = try socket.receiveNow() {
      guard let frame = message.frames.first, frame.count >= 6 else { continue }
      let (event, value) = frame.bytes.withUnsafeBytes {
        (Int32($0.loadUnaligned(as: UInt16.self)), $0.loadUnaligned(fromByteOffset: 2, as: UInt32.self))
      }
      if event == ZMQ_EVENT_MONITOR_STOPPED { return true }
      if let denial = events.take(event, value: value) { onDenial(denial) }
    }
    return false
  }
}
