import Foundation
import QueueWorker
import Testing

/// A "host": an ssh server of a test's own on loopback, with its own key, port, and cache folder.
final class SSHHost {
  let name: String
  let port: Int
  private let address: String
  /// What its users' programs take for their cache.
  let cache: String
  private let base: String
  private var server: ChildProcess?

  /// - Parameters:
  ///   - name: Its name for ssh.
  ///   - folder: Where its files are.
  ///   - address: Where its server listens.
  ///   - greeting: Lines of shell that run before every command, as some users' start-up files have. Default: none.
  init(
    _ name: String, in folder: TestFolder, address: String = "127.0.0.1", greeting: String = ""
  ) throws {
    (self.name, self.address) = (name, address)
    base = folder / name
    cache = base + "/cache"
    port = try Self.freePort()
    try FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: true)
    // The server wants the folder when it runs as root.
    if getuid() == 0 {
      try FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
    }
    for key in ["host_key", "id"] {
      try Self.run("/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(base)/\(key)")
    }
    try """
    Port \(port)
    ListenAddress \(address)
    HostKey \(base)/host_key
    PidFile none
    AuthorizedKeysFile \(base)/id.pub
    StrictModes no
    UsePAM no
    PasswordAuthentication no
    PermitRootLogin prohibit-password
    MaxStartups 100
    SetEnv XDG_CACHE_HOME=\(cache)
    \(greeting.isEmpty ? "" : "ForceCommand \(greeting); exec sh -c \"$SSH_ORIGINAL_COMMAND\"")
    """.write(toFile: base + "/sshd_config", atomically: true, encoding: .utf8)
    let key = try String(contentsOfFile: base + "/host_key.pub", encoding: .utf8).split(separator: " ")
    try "[\(address)]:\(port) \(key[0]) \(key[1])\n".write(
      toFile: base + "/known_hosts", atomically: true, encoding: .utf8)
    try start()
  }

  deinit { end() }

  /// Its part of the client's configuration. `knownHosts`: where its key is looked for.
  func clientConfiguration(knownHosts: String? = nil) -> String {
    """
    Host \(name)
      HostName \(address)
      Port \(port)
      IdentityFile \(base)/id
      UserKnownHostsFile \(knownHosts ?? base + "/known_hosts")

    """
  }

  static let commonConfiguration = """
    Host *
      HostName 127.0.0.1
      IdentitiesOnly yes
      GlobalKnownHostsFile /dev/null
      StrictHostKeyChecking yes

    """

  func start() throws {
    // Not Foundation's Process, which takes a program that closes files of others for one that has ended.
    let process = try ChildProcess(
      "/usr/sbin/sshd", arguments: ["-D", "-f", base + "/sshd_config", "-E", base + "/sshd.log"], files: [])
    server = process
    try waitUntil("the ssh server listens", limit: 10) {
      try #require(process.reap() == nil, "\(log)")
      return log.components(separatedBy: "Server listening").count > starts
    }
    starts += 1
  }

  private var starts = 0
  private var log: String { (try? String(contentsOfFile: base + "/sshd.log", encoding: .utf8)) ?? "" }

  /// Everything that runs on it, besides the server.
  var processes: [pid_t] { server.map { Self.descendants(of: $0.pid) } ?? [] }

  /// Those of them that are workers or their supervisors.
  var workers: [pid_t] { processes.filter { Self.commandLine($0).contains("worker") } }

  static func commandLine(_ pid: pid_t) -> [String] {
    let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
    return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The power fails.
  func end() {
    guard let server else { return }
    let all = processes
    server.send(SIGKILL)
    _ = server.reap(waiting: true)
    for pid in all { kill(pid, SIGKILL) }
    self.server = nil
  }

  private static func descendants(of pid: pid_t) -> [pid_t] {
    RunningProgram.children(of: pid).flatMap { [$0] + descendants(of: $0) }
  }

  static func freePort() throws -> Int {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    try #require(socket >= 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    return try withUnsafeMutablePointer(to: &address) {
      try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        try #require(bind(socket, $0, size) == 0 && getsockname(socket, $0, &size) == 0)
      }
      return Int(UInt16(bigEndian: $0.pointee.sin_port))
    }
  }

  private static func run(_ program: String, _ arguments: String...) throws {
    let process = try Process.run(URL(fileURLWithPath: program), arguments: arguments)
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }
}
