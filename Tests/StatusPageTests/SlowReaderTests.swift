import Foundation
import Testing

@testable import QueueServer
@testable import StatusPage

@Suite(.timeLimit(.minutes(5))) struct SlowReaderTests {
  /// Plays the coordinator until it is cancelled; every snapshot is another.
  private func play(_ exchange: SnapshotExchange) async {
    var number = 0
    while !Task.isCancelled {
      exchange.show(.serving)
      if exchange.takeRequest() {
        number += 1
        exchange.put(snapshot(text: "a\(number)", workers: 300))
      }
      try? await Task.sleep(for: .milliseconds(10))
    }
  }

  private func connect(to port: UInt16) throws -> Int32 {
    let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var bytes = Int32(4096)
    setsockopt(file, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let code = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(code == 0)
    let request = Array("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
    #expect(write(file, request, request.count) == request.count)
    return file
  }

  private func eventually(_ what: Comment, _ condition: () -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(120)
    while !condition() {
      try #require(ContinuousClock.now < deadline, what)
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  @Test func whoDoesNotReadIsDropped() async throws {
    var limits = Limits()
    (limits.writePatience, limits.updateInterval) = (.milliseconds(300), .milliseconds(10))
    let server = try StatusServer(
      at: StatusAddress("127.0.0.1:0"), .init(version: "1", stateFolder: "nowhere"), limits: limits)
    server.start()
    let coordinator = Task { await play(server.exchange) }
    let readers = try (0..<5).map { _ in try connect(to: server.address.port) }
    for reader in readers {
      try await eventually("it is not dropped") {
        var state = pollfd(fd: reader, events: 0, revents: 0)
        return poll(&state, 1, 0) == 1 && state.revents & Int16(POLLERR | POLLHUP) != 0
      }
      close(reader)
    }
    try await eventually("its place is free again") { server.router.streams.count == 0 }
    coordinator.cancel()
    server.requestStop()
  }
}
