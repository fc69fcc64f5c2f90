import FlyingSocks
import Foundation

/// One reader's connection. FlyingFox's own server takes heads of any length and waits for slow readers for ever; here
/// both are bounded, so that nobody can make the coordinator's process grow.
struct Connection: Sendable {
  private let socket: AsyncSocket
  private let limits: Limits

  init(_ socket: AsyncSocket, limits: Limits) {
    (self.socket, self.limits) = (socket, limits)
    let file = socket.socket.file.rawValue
    _ = fcntl(file, F_SETFD, FD_CLOEXEC)
    var bytes = Int32(limits.sendBufferBytes)
    setsockopt(file, SOL_SOCKET, SO_SNDBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Answers requests until one side has had enough.
  func serve(_ router: Router) async {
    var rest: [UInt8] = []
    do {
      var isOpen = true
      while isOpen {
        guard let head = try await within(limits.patience, { [rest] in try await readHead(rest) }) else {
          break
        }
        rest = head.rest
        isOpen = try await answer(head.bytes, router)
      }
    } catch SocketError.timeout {
      // What it has not taken is not kept for it.
      var atOnce = linger(l_onoff: 1, l_linger: 0)
      setsockopt(
        socket.socket.file.rawValue, SOL_SOCKET, SO_LINGER, &atOnce, socklen_t(MemoryLayout<linger>.size))
    } catch {
      // The reader has gone.
    }
    await close()
  }

  /// There are too many others.
  func refuse() async { await close() }

  /// - Returns: Whether the connection stays open.
  private func answer(_ bytes: [UInt8]?, _ router: Router) async throws -> Bool {
    let request: RequestHead
    do throws(RequestError) {
      guard let bytes else { throw .tooLong }
      request = try RequestHead(bytes)
    } catch {
      try await send(error.response, isHead: false, isClosing: true)
      await drain()
      return false
    }
    let response = await router.respond(to: request)
    guard case .events = response.body else {
      try await send(response, isHead: request.isHead, isClosing: !request.isKeptAlive)
      return request.isKeptAlive
    }
    defer { router.streams.leave() }
    try await write(response.head(isClosing: true))
    if !request.isHead { try await router.events.run { try await write($0) } }
    return false
  }

  private func send(_ response: Response, isHead: Bool, isClosing: Bool) async throws {
    var bytes = response.head(isClosing: isClosing)
    if !isHead, case .bytes(let body) = response.body { bytes += body }
    try await write(bytes)
  }

  /// Up to the empty line; `bytes` is `nil` if that is too far away.
  private func readHead(_ rest: [UInt8]) async throws -> (bytes: [UInt8]?, rest: [UInt8]) {
    var buffer = rest
    while true {
      if let end = HeadEnd.find(in: buffer) {
        return (Array(buffer[..<end.lowerBound]), Array(buffer[end.upperBound...]))
      }
      if buffer.count > RequestHead.maximumBytes { return (nil, []) }
      buffer += try await socket.read(atMost: 4096)
    }
  }

  private func write(_ bytes: [UInt8]) async throws {
    let data = Data(bytes)
    // A server that stops has no patience at all; what fits into the socket is written all the same.
    guard try await within(limits.writePatience, { try await socket.write(data) }) != nil || Task.isCancelled
    else {
      throw SocketError.timeout(message: "a slow reader")
    }
  }

  /// Takes what is still to come of a request that was refused, for a moment: else the answer might be lost with it.
  private func drain() async {
    shutdown(socket.socket.file.rawValue, Int32(SHUT_WR))
    _ = try? await within(.milliseconds(500)) {
      for _ in 0..<64 { _ = try await socket.read(atMost: 4096) }
    }
  }

  private func close() async {
    shutdown(socket.socket.file.rawValue, Int32(SHUT_RDWR))
    // The pool forgets a descriptor a moment after its last wait; until then the number must not be used again.
    try? await Task.sleep(for: .milliseconds(50))
    try? socket.close()
  }
}

/// The empty line that ends a head.
enum HeadEnd {
  static func find(in bytes: [UInt8]) -> Range<Int>? {
    var start = 0
    while let newline = bytes[start...].firstIndex(of: 10) {
      let next = newline + 1
      if next < bytes.count, bytes[next] == 10 { return newline..<next + 1 }
      if next + 1 < bytes.count, bytes[next] == 13, bytes[next + 1] == 10 { return newline..<next + 2 }
      start = next
    }
    return nil
  }
}
