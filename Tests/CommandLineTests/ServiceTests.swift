import Foundation
import Testing

/// Coordinator and workers as systemd runs them.
@Suite(.serialized) struct ServiceTests {
  /// The socket of a service manager, and what it has heard.
  private final class Manager {
    let path: String
    private(set) var heard: [String] = []
    private let file: Int32

    init(in folder: TestFolder) throws {
      path = folder / "notify"
      file = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
      try #require(file >= 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      let name = Array(path.utf8)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
      let bound = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(file, $0, socklen_t(2 + name.count)) }
      }
      try #require(bound == 0)
    }

    deinit { close(file) }

    func hears(_ message: String) -> Bool {
      var bytes = [UInt8](repeating: 0, count: 4096)
      while case let count = recv(file, &bytes, bytes.count, Int32(MSG_DONTWAIT)), count >= 0 {
        heard.append(String(decoding: bytes[..<count], as: UTF8.self))
      }
      return heard.contains(message)
    }
  }

  @Test func bothTellWhenTheyAreUpWhatTheyAreAtAndThatTheyStop() throws {
    let folder = try TestFolder()
    let queue = try TestFolder()
    let (manager, other) = (try Manager(in: folder), try Manager(in: queue))
    let coordinator = try Program.start(
      ["coordinator", "--state", "state"], environment: ["NOTIFY_SOCKET": manager.path], in: folder)
    try waitUntil("the coordinator is up") { manager.hears("READY=1") }
    let workers = try Program.start(
      [
        "worker", "--connection", folder / "state/connection.json", "--datasets", "cache", "--processes", "2",
      ],
      environment: ["NOTIFY_SOCKET": other.path], in: folder)
    try waitUntil("the workers are up") {
      other.hears("READY=1") && other.hears("STATUS=running 2 processes")
    }
    try waitUntil("they are told of") {
      manager.hears("STATUS=0 of 0 members finished, 0 running, 2 workers")
    }
    for program in [workers, coordinator] {
      program.signal(SIGTERM)
      #expect(try program.wait(limit: 15).status == 0)
    }
    #expect(manager.hears("STOPPING=1") && other.hears("STOPPING=1"))
    for manager in [manager, other] {
      #expect(manager.heard.filter { $0 == "READY=1" }.count == 1)
      #expect(manager.heard.first == "READY=1" && manager.heard.last == "STOPPING=1")
    }
  }

  /// systemd's lists of access show as rights of the group.
  @Test(arguments: [(0o440, true, false), (0o440, false, true), (0o444, true, true), (0o400, false, false)])
  func whatSystemdHoldsMayBeReadByItsGroup(mode: Int, isCredential: Bool, isRefused: Bool) throws {
    let folder = try TestFolder()
    let made = try Program.run(
      "keygen", "--state", "state", "--worker", "w", "-o", "c.json", "--address", "tcp://127.0.0.1:1",
      in: folder)
    #expect(made.status == 0, "\(made.errors)")
    let path = folder / "c.json"
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    let worker = try Program.start(
      [
        "worker", "--connection", path, "--processes", "1", "--coordinator-timeout", "0.2", "--datasets",
        "cache",
      ],
      environment: isCredential ? ["CREDENTIALS_DIRECTORY": folder.path] : [:], in: folder
    ).wait()
    #expect(worker.status == (isRefused ? 65 : 70), "\(worker.errors)")
  }
}
