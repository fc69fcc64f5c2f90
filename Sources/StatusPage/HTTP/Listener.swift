import FlyingSocks
import Glibc
import Synchronization

/// The socket that readers connect to.
struct Listener: Sendable {
  let socket: Socket
  /// With the port that the system chose.
  let address: StatusAddress

  /// - Throws: `StatusPageError.cannotListen`.
  init(_ wanted: StatusAddress) throws(StatusPageError) {
    do {
      let socket = try Socket(domain: wanted.isIPv6 ? AF_INET6 : AF_INET)
      _ = fcntl(socket.file.rawValue, F_SETFD, FD_CLOEXEC)
      do {
        try socket.setValue(true, for: .localAddressReuse)
        if wanted.isIPv6 {
          try socket.bind(to: .inet6(ip6: wanted.host, port: wanted.port))
        } else {
          try socket.bind(to: .inet(ip4: wanted.host, port: wanted.port))
        }
        try socket.listen(maxPendingConnection: 64)
      } catch {
        try? socket.close()
        throw error
      }
      self.socket = socket
      switch try socket.sockname() {
      case .ip4(_, let port), .ip6(_, let port):
        address = StatusAddress(host: wanted.host, port: port, isIPv6: wanted.isIPv6)
      case .unix: address = wanted
      }
    } catch {
      guard case SocketError.failed(_, let code, _) = error else {
        throw .cannotListen(wanted, code: EADDRNOTAVAIL)
      }
      throw .cannotListen(wanted, code: code)
    }
  }

  /// Gives each connection to `body`, until the task is cancelled.
  func run(_ pool: some AsyncSocketPool, _ body: (AsyncSocket) -> Void) async throws {
    let listening = try AsyncSocket(socket: socket, pool: pool)
    while !Task.isCancelled {
      do {
        body(try await listening.accept())
      } catch SocketError.failed(_, let code, _) where Self.isPassing(code) {
        // No descriptor is free, or the reader has gone already.
        try await Task.sleep(for: .milliseconds(100))
      }
    }
  }

  private static func isPassing(_ code: Int32) -> Bool {
    [EMFILE, ENFILE, ENOBUFS, ENOMEM, ECONNABORTED, EINTR, EPROTO, EPERM].contains(code)
  }
}

/// Limits on the number and the resources of readers.
struct Limits: Sendable {
  /// Connections at once; those beyond are closed at once.
  var connections = 128
  /// Streams of events at once; those beyond are told to come back later.
  var streams = 32
  /// For a request's head to arrive, and between requests of a connection.
  var patience = Duration.seconds(15)
  /// For a reader to take what it is sent; one that doesn't is dropped.
  var writePatience = Duration.seconds(10)
  /// Two updates of a stream are at least so far apart.
  var updateInterval = Duration.seconds(1)
  /// A stream without news says so often that it lives.
  var keepAlive = Duration.seconds(15)
  /// The socket's send buffer for a slow reader, in bytes.
  var sendBufferBytes = 128 << 10
}

/// Counts what is under way, up to a limit.
final class Tally: Sendable {
  private let current = Atomic<Int>(0)
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  var count: Int { current.load(ordering: .relaxed) }

  /// Whether there is room for one more; `leave()` gives it back.
  func enter() -> Bool {
    if current.add(1, ordering: .relaxed).newValue <= limit { return true }
    leave()
    return false
  }

  func leave() { current.subtract(1, ordering: .relaxed) }
}
