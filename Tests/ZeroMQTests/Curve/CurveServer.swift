import Foundation
import Synchronization
import Testing
import ZeroMQ

/// A ROUTER that admits the keys of a table, and the denials that it has reported.
final class CurveServer {
  let context: Context
  let keys: CurveKeyPair
  let authenticator: Authenticator
  let socket: Socket
  let address: String
  private let reported = Reports()

  init(
    admitting users: [CurvePublicKey: String] = [:], address: String = "tcp://127.0.0.1:*",
    handshakeInterval: Duration = .seconds(10),
    maximumMessageSize: Int = SocketOptions.small.maximumMessageSize
  ) throws {
    (context, keys) = (try Context(), try .generate())
    let reported = reported
    authenticator = try Authenticator(context: context, keys: AdmittedKeys(users: users)) { reported.add($0) }
    var options = SocketOptions.small
    options.handshakeInterval = handshakeInterval
    options.maximumMessageSize = maximumMessageSize
    socket = try context.socket(.router, options)
    self.address = try socket.bind(to: address, security: .curveServer(keys, authenticator: authenticator))
  }

  var denials: [Denial] { reported.all }

  /// Waits until a denial is reported for this reason.
  func hasDenied(_ reason: Denial.Reason) -> Bool { eventually { denials.contains { $0.reason == reason } } }

  /// A socket that speaks for the holder of `client` and has not been told another server key.
  func client(_ client: CurveKeyPair, server: CurvePublicKey? = nil) throws -> Socket {
    let socket = try Context().socket(.dealer, .once)
    try socket.connect(
      to: address, security: .curveClient(client, server: server ?? keys.publicKey))
    return socket
  }

  /// Whether messages of `client` arrive as from `user`, and answers come back. Nothing else may arrive.
  func serves(_ client: Socket, as user: String) throws -> Bool {
    // libzmq takes messages off a socket in another way after it was polled.
    try answers(client, as: user) && answers(client, as: user) { try Poller(socket).wait(timeout: patience) }
  }

  private func answers(
    _ client: Socket, as user: String, beforeReceiving prepare: () throws -> Set<Poller.Source> = { [] }
  ) throws -> Bool {
    try client.send(["hello", "there"], timeout: patience)
    _ = try prepare()
    guard let message = try socket.receive(timeout: patience) else { return false }
    guard message.frames.dropFirst() == ["hello", "there"], message.userID == user else { return false }
    try socket.send([message.frames[0], "welcome"], timeout: patience)
    return try client.receive(timeout: patience) == ["welcome"]
  }
}

private final class Reports: Sendable {
  private let denials = Mutex<[Denial]>([])
  var all: [Denial] { denials.withLock { $0 } }
  func add(_ denial: Denial) { denials.withLock { $0.append(denial) } }
}

extension Poller {
  init(_ socket: Socket) {
    self.init()
    _ = add(socket)
  }
}

extension SocketOptions {
  /// Does not come back after it was refused.
  static var once: SocketOptions {
    var options = small
    options.reconnectInterval = .seconds(3600)
    return options
  }
}

/// A TCP connection that speaks what it likes.
final class RawConnection {
  private let descriptor: Int32

  init(_ address: String) throws {
    let endpoint = try Endpoint(address)
    let port = try #require(endpoint.address.split(separator: ":").last.flatMap { UInt16($0) })
    descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var target = sockaddr_in()
    target.sin_family = sa_family_t(AF_INET)
    target.sin_port = port.bigEndian
    target.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: target) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(result == 0)
    var limit = timeval(tv_sec: Int(patience.components.seconds), tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  func send(_ bytes: [UInt8]) {
    _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }

  /// Sends this many bytes, or as many as the other side lets it until it ends the connection.
  ///
  /// - Returns: How many they were.
  func pour(_ count: Int) -> Int {
    let piece = [UInt8](repeating: 7, count: 1 << 16)
    var sent = 0
    while sent < count {
      let more = Glibc.send(descriptor, piece, min(piece.count, count - sent), Int32(MSG_NOSIGNAL))
      guard more > 0 else { break }
      sent += more
    }
    return sent
  }

  /// What arrives until the other side ends the connection; nil if it does not.
  func readToEnd() -> [UInt8]? {
    var all: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = recv(descriptor, &piece, piece.count, 0)
      guard count > 0 else { return count == 0 || errno == ECONNRESET ? all : nil }
      all += piece.prefix(count)
    }
  }
}
