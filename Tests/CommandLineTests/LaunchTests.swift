import Foundation
import Testing

/// Workers on other hosts: ssh servers on loopback, a coordinator with keys.
@Suite(.serialized, .timeLimit(.minutes(5))) struct LaunchTests {
  private let folder: TestFolder
  private let service: QueueService

  init() throws {
    folder = try TestFolder()
    service = try QueueService(
      in: folder,
      options: ["--listen", "tcp://0.0.0.0:*", "--publish", ProcessInfo.processInfo.hostName])
  }

  private func launch(_ hosts: [SSHHost], _ options: String...) throws -> RunningProgram {
    try configure(hosts.map { $0.clientConfiguration() })
    return try start(hosts.flatMap { ["--host", $0.name] } + options)
  }

  private func configure(_ parts: [String]) throws {
    try folder.write(parts.joined() + SSHHost.commonConfiguration, to: "ssh_config")
  }

  private func start(_ options: [String]) throws -> RunningProgram {
    try Program.start(
      [
        "launch", "ssh", "--json", "--connection", service.connection, "--ssh",
        "ssh -F '\(folder / "ssh_config")'",
      ] + options, in: folder)
  }

  private struct Change: Decodable {
    let host: String
    let state: String
    let processes: Int?
    let reason: String?
  }

  /// What the launcher has printed so far, in whole lines.
  private func changes(_ output: String) throws -> [Change] {
    try output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map {
      try JSONDecoder().decode(Change.self, from: Data($0.utf8))
    }
  }

  /// Waits until a host has come into a state so often.
  private func wait(
    for state: String, of host: String, processes: Int? = nil, _ launcher: RunningProgram, times: Int = 1
  ) throws {
    try waitUntil("\(host) is \(state)", limit: 30) {
      try #require(launcher.process.isRunning, "\(launcher.errors)")
      let reached = try changes(launcher.output).filter {
        $0.host == host && $0.state == state && (processes == nil || $0.processes == processes)
      }
      return reached.count >= times
    }
  }

  /// A user's start-up file that prints, also what looks like the launcher's own lines.
  @Test func greetingsOfAHostDoNoHarm() throws {
    let host = try SSHHost(
      "hall-1", in: folder, greeting: "echo Welcome; echo '{}'; printf '\\033[2Jx\\n'; echo noise >&2")
    try folder.write(smallStudy(members: 1), to: "study.yaml")
    let launcher = try launch([host], "--processes", "1")
    try wait(for: "running", of: "hall-1", processes: 1, launcher)
    let id = try service.run("submit", "study.yaml")
    try service.run("wait", id, "--quiet")
    try service.run("results", id, "-o", "out")
    #expect(!(launcher.output + launcher.errors).contains("\u{1B}"))
    launcher.signal(SIGTERM)
    #expect(try launcher.wait(limit: 20).status == 0)
  }

  @Test func aStudyOnTwoHostsHasTheResultsOfARunThoughOneIsLost() throws {
    let study = smallStudy(epochs: Pace.epochs(seconds: 0.5))
    try folder.write(study, to: "study.yaml")
    try Program.run("run", "study.yaml", "-o", "calm", "--quiet", in: folder)
    let hosts = [try SSHHost("hall-1", in: folder), try SSHHost("hall-2", in: folder)]
    let launcher = try launch(hosts, "--processes", "1")
    for host in hosts { try wait(for: "running", of: host.name, processes: 1, launcher) }
    let id = try service.run("submit", "study.yaml")
    try waitUntil("both hosts work") { try service.atWork().count == 2 }

    try expectNoSecret(of: hosts)
    hosts[1].end()
    try wait(for: "waiting", of: "hall-2", launcher)
    #expect(try !changes(launcher.output).contains { $0.host == "hall-1" && $0.state == "waiting" })
    try hosts[1].start()
    try wait(for: "running", of: "hall-2", processes: 1, launcher, times: 2)
    // The copy from before is still good.
    #expect(try changes(launcher.output).count { $0.host == "hall-2" && $0.state == "copying" } == 1)

    try service.run("wait", id)
    try service.run("results", id, "-o", "out")
    #expect(try folder.results("calm") == folder.results("out"))

    launcher.signal(SIGTERM)
    #expect(try launcher.wait(limit: 12).status == 0, "\(launcher.errors)")
    #expect(
      Set(try changes(launcher.output).filter { $0.state == "ended" }.map(\.host)) == ["hall-1", "hall-2"])
    for host in hosts { #expect(host.workers.isEmpty) }
    try service.stop()
  }

  /// The worker's key is on no command line, in no environment and in no file of the hosts.
  private func expectNoSecret(of hosts: [SSHHost]) throws {
    let file = try JSONSerialization.jsonObject(
      with: Data(contentsOf: URL(fileURLWithPath: service.connection)))
    let worker = try #require((file as? [String: Any])?["worker"] as? [String: Any])
    let key = try #require(worker["secretKey"] as? String)
    var looked = 0
    for host in hosts {
      #expect(host.workers.count >= 2)
      for pid in host.processes {
        for file in ["cmdline", "environ"] {
          let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/\(file)") ?? Data()
          #expect(bytes.range(of: Data(key.utf8)) == nil)
          looked += bytes.count
        }
      }
      for name in try FileManager.default.subpathsOfDirectory(atPath: host.cache) {
        let bytes = FileManager.default.contents(atPath: host.cache + "/" + name) ?? Data()
        #expect(bytes.range(of: Data(key.utf8)) == nil)
        looked += bytes.count
      }
    }
    #expect(looked > 1_000_000)
  }

  @Test(
    .enabled(if: FileManager.default.fileExists(atPath: "/proc/net/if_inet6")),
    arguments: ["::1", "[::1]", "ssh://[::1]:PORT"])
  func aHostMayBeAnIPv6Address(entry: String) throws {
    let host = try SSHHost("::1", in: folder, address: "::1")
    try configure([host.clientConfiguration()])
    let name = entry.replacing("PORT", with: "\(host.port)")
    try folder.write("\(name) processes=1 binary=\(Program.path)\n", to: "hosts")
    let result = try start(["--hosts", "hosts", "--retries", "0", "--idle-exit", "0.5"]).wait(limit: 30)
    #expect(result.status == 0, "\(result.errors)")
    let changes = try changes(result.output)
    #expect(changes.allSatisfy { $0.host == name })
    #expect(changes.contains { $0.state == "running" } && changes.last?.state == "ended", "\(result.output)")
    try service.stop()
  }

  @Test func aLauncherThatIsKilledLeavesNoWorkerBehind() throws {
    let host = try SSHHost("hall-1", in: folder)
    let launcher = try launch([host], "--processes", "2", "--binary", Program.path)
    try wait(for: "running", of: "hall-1", processes: 2, launcher)
    let workers = host.workers
    #expect(workers.count >= 3)
    launcher.signal(SIGKILL)
    _ = try launcher.wait()
    try waitUntil("the workers have gone", limit: 10) { workers.allSatisfy(RunningProgram.hasGone) }
    try waitUntil("the connection has gone", limit: 10) { host.processes.isEmpty }
    try service.stop()
  }

  @Test func hostsThatCannotBeUsedAreToldWithTheReasonAndOthersGoOn() throws {
    let good = try SSHHost("good", in: folder)
    let unknown = try SSHHost("stranger", in: folder)
    try configure([
      good.clientConfiguration(), unknown.clientConfiguration(knownHosts: folder / "good/known_hosts"),
      "Host nobody\n  Port \(try SSHHost.freePort())\n",
    ])
    try folder.write(
      """
      stranger
      nobody
      good processes=1 binary=\(Program.path)   # works
      """, to: "hosts")
    let launcher = try start(["--hosts", "hosts", "--retries", "0", "--idle-exit", "0.5"])
    let result = try launcher.wait(limit: 30)
    #expect(result.status == 3)
    let changes = try changes(result.output)
    func last(_ host: String) throws -> Change { try #require(changes.last { $0.host == host }) }
    // The words are ssh's.
    let stranger = try last("stranger")
    #expect(stranger.state == "gave-up" && stranger.reason?.contains("Host key verification failed") == true)
    let nobody = try last("nobody")
    #expect(nobody.state == "gave-up" && nobody.reason?.contains("Connection refused") == true)
    #expect(try last("good").state == "ended")
    #expect(changes.contains { $0.host == "good" && $0.processes == 1 })

    try folder.write("good binary=~/no-such-folder/potline", to: "hosts")
    let absent = try start(["--hosts", "hosts", "--quiet"]).wait(limit: 30)
    #expect(absent.status == 69)
    let reason = try #require(try self.changes(absent.output).last?.reason)
    #expect(reason.contains("/no-such-folder/potline"), "\(absent.output)")
    try service.stop()
  }

  /// A worker whose connection file comes over standard input, which stays open.
  private func workerFromInput(_ options: String...) throws -> (RunningProgram, input: Pipe) {
    let input = Pipe()
    let worker = try RunningProgram(
      ["worker", "--connection", "-", "--datasets", folder / "cache"] + options, in: folder, input: input)
    let file = try Data(contentsOf: URL(fileURLWithPath: service.connection))
    input.fileHandleForWriting.write(file + Data("\n".utf8))
    return (worker, input)
  }

  @Test func aWorkerWhoseLifelineBreaksLeaves() throws {
    let (silent, input) = try workerFromInput("--processes", "2", "--lifeline", "1")
    let (ended, other) = try workerFromInput("--processes", "1", "--lifeline", "100")
    try waitUntil("all have registered") {
      // Signs of life, so that the machine may be slow.
      input.fileHandleForWriting.write(Data("\n".utf8))
      return try service.workerCount() == 3
    }
    #expect(try silent.wait(limit: 10).status == 0)
    try other.fileHandleForWriting.close()
    #expect(try ended.wait(limit: 10).status == 0)
    let (single, end) = try workerFromInput("--processes", "1", "--idle-exit", "0.2")
    #expect(try single.wait(limit: 20).status == 0)
    _ = end
    let empty = try Program.run("worker", "--connection", "-", in: folder)
    #expect(empty.status == 65 && empty.errors.contains("standard input"), "\(empty.errors)")
    try service.stop()
  }

  @Test func aCoordinatorThatHostsCannotReachIsRefused() throws {
    try folder.write(#"{"format": 1, "address": "tcp://127.0.0.1:5555"}"#, to: "here.json")
    let result = try Program.run("launch", "ssh", "--host", "h", "--connection", "here.json", in: folder)
    #expect(result.status == 65)
    #expect(result.errors.contains("tcp://0.0.0.0:5555"))
    try folder.write("h\nh processes=x\n", to: "hosts")
    let hosts = try start(["--hosts", "hosts"]).wait()
    #expect(hosts.status == 65 && hosts.errors.contains("hosts, line 2"), "\(hosts.errors)")
    let client = try start(["--host", "h", "--ssh", "/nowhere/ssh"]).wait()
    #expect(client.status == 69)
    let failure = try #require(try changes(client.output).last { $0.host == "h" })
    #expect(failure.state == "gave-up" && failure.reason?.contains("/nowhere/ssh") == true)
    try service.stop()
  }
}
