import CZeroMQ
import Foundation
import Synchronization

/// Decides which peers may connect to the CURVE servers of a context, on a thread of its own (the ZAP handler of
/// ZeroMQ RFC 27): those that prove to hold a key of its table.
///
/// A socket that was bound with `Security.curveServer` retains its authenticator, so none is ever left open without
/// one. The thread ends after the last of them, or when the context is terminated.
package final class Authenticator: Sendable {
  let context: Context
  private let state: State

  /// Begins to answer libzmq's questions; make it before the first bind.
  ///
  /// - Parameters:
  ///   - context: The context of the sockets; it can have one authenticator.
  ///   - keys: Who is let in.
  ///   - onDenial: Told each refused connection, on the authenticator's thread: it must return soon, and it is its to
  ///     limit what it makes of many.
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

  /// Who is let in now.
  package var keys: AdmittedKeys { state.keys.withLock { $0 } }

  /// Lets in others from the next handshake on. Connections that are open stay so: whoever must not be heard any more
  /// is known by `Message.userID`.
  package func replaceKeys(_ keys: AdmittedKeys) { state.keys.withLock { $0 = keys } }

  /// Reports the connections of a server socket that fail before libzmq asks. Belongs to the socket's thread.
  func watch(_ server: UnsafeMutableRawPointer) throws {
    var options = SocketOptions(maximumMessageSize: 64 << 10)
    // libzmq's I/O thread would wait for a slow reader of events.
    options.receiveHighWaterMark = 0
    let events = try Socket(.pair, context: context, options: options)
    let address = "inproc://events-\(UInt(bitPattern: server))"
    // Connected first: events that nobody can take also stop the I/O thread.
    try events.connect(to: address, security: .loopback)
    try retryingInterrupted("watch the connections of a socket") {
      zmq_socket_monitor(server, address, HandshakeEvents.watched)
    }
    state.newSockets.withLock { $0.append(Handover(socket: events)) }
    state.waker.wake()
  }
}

extension Authenticator {
  /// What the thread and the others share.
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
