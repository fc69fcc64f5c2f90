import Foundation
import QueueWorker
import Testing

/// What a service manager hears on its socket.
@Suite struct ServiceManagerTests {
  private func listen(_ path: String) throws -> Int32 {
    let file = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    try #require(file >= 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let name = Array(path.utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    if path.hasPrefix("@") { withUnsafeMutableBytes(of: &address.sun_path) { $0[0] = 0 } }
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(file, $0, socklen_t(2 + name.count)) }
    }
    try #require(bound == 0)
    return file
  }

  private func heard(_ file: Int32) -> [String] {
    var messages: [String] = []
    var bytes = [UInt8](repeating: 0, count: 4096)
    while case let count = recv(file, &bytes, bytes.count, Int32(MSG_DONTWAIT)), count >= 0 {
      messages.append(String(decoding: bytes[..<count], as: UTF8.self))
    }
    return messages
  }

  @Test(arguments: ["/tmp/potline-notify-", "@potline-notify-"])
  func eachThingIsToldWhenItIsNew(prefix: String) throws {
    let path = prefix + UUID().uuidString
    let file = try listen(path)
    defer {
      close(file)
      unlink(path)
    }
    var manager = try #require(ServiceManager(path: path))
    manager.isReady()
    manager.isAt("2 workers")
    manager.isReady()
    manager.isAt("2 workers")
    manager.isAt("1 of 3\nmembers")
    manager.isStopping()
    manager.isStopping()
    #expect(heard(file) == ["READY=1", "STATUS=2 workers", "STATUS=1 of 3 members", "STOPPING=1"])
  }

  @Test func aManagerThatHasGoneOrNeverWasIsNoTrouble() throws {
    var gone = try #require(ServiceManager(path: "/tmp/potline-nobody-\(UUID().uuidString)"))
    gone.isReady()
    for path in ["", "relative", "@", "/" + String(repeating: "x", count: 200)] {
      #expect(ServiceManager(path: path) == nil)
    }
  }
}
