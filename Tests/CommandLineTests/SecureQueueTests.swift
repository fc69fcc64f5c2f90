import Foundation
import QueueProtocol
import Testing

/// Coordinator, worker and clients with keys, as on several hosts.
@Suite(.serialized, .timeLimit(.minutes(10))) struct SecureQueueTests {
  private let folder: TestFolder
  private let coordinator: RunningProgram

  /// The coordinator listens on all interfaces, and is published under loopback's address.
  init() throws {
    folder = try TestFolder()
    try folder.write(smallStudy(), to: "study.yaml")
    coordinator = try Program.start(
      ["coordinator", "--state", "state", "--listen", "tcp://0.0.0.0:*", "--publish", "127.0.0.1"], in: folder
    )
    let file = folder / "state/connection.json"
    try waitUntil("the coordinator listens") { FileManager.default.fileExists(atPath: file) }
  }

  private func stop(_ programs: RunningProgram...) throws {
    for program in programs { program.signal(SIGTERM) }
    for program in programs { #expect(try program.wait(limit: 20).status == 0) }
  }

  private func keygen(_ arguments: String...) throws {
    let running = try Program.start(["keygen", "--state", "state"] + arguments, in: folder)
    let result = try running.wait()
    #expect(result.status == 0, "\(result.errors)")
  }

  @Test func studyThatTravelledEncryptedHasTheSameResults() throws {
    let worker = try Program.start(
      ["worker", "--connection", "state/connection.json", "--processes", "2", "--datasets", "cache"],
      in: folder)
    let submitted = try Program.run(
      "submit", "study.yaml", "--connection", "state/connection.json", in: folder)
    #expect(submitted.status == 0, "\(submitted.errors)")
    let study = submitted.output.trimmingCharacters(in: .whitespacesAndNewlines)
    let waited = try Program.run("wait", study, "--connection", "state/connection.json", in: folder)
    #expect(waited.status == 0, "\(waited.errors)")
    let results = try Program.run(
      "results", study, "-o", "remote", "--connection", "state/connection.json", in: folder)
    #expect(results.status == 0, "\(results.errors)")
    try stop(worker, coordinator)
    try Program.run("run", "study.yaml", "-o", "local", in: folder)
    #expect(try folder.results("remote") == folder.results("local"))
    #expect(!coordinator.errors.contains("127.0.0.1:"), "\(coordinator.errors)")
  }

  @Test func strangersGetNothingAndTheCoordinatorSaysSo() throws {
    try keygen("--worker", "hall-1", "-o", "worker.json")
    try keygen("--client", "desk", "-o", "client.json")
    func status(_ file: String, _ more: String...) throws -> Program.Result {
      let running = try Program.start(["status", "--connection", file, "--timeout", "3"] + more, in: folder)
      return try running.wait()
    }
    // The coordinator knows it within a second, and a client has patience for three.
    #expect(try status("client.json").status == 0)
    #expect(try status("worker.json").status == 65)

    // A worker's key in a client's place.
    var file = try ConnectionFile(path: folder / "worker.json")
    file.client = file.worker
    try file.write(to: folder / "swapped.json")
    let swapped = try status("swapped.json")
    #expect(swapped.status == 70, "\(swapped)")

    // No keys at all.
    try folder.write(#"{"format": 1, "address": "\#(file.address)"}"#, to: "open.json")
    #expect(try status("open.json", "--insecure").status == 69)
    // On a busy machine a connection may have ended before the coordinator asks who it was.
    try waitUntil("a stranger without keys is told: \(coordinator.errors)") {
      if coordinator.errors.contains("127.0.0.1") { return true }
      _ = try status("open.json", "--insecure")
      return false
    }

    // A key that was never made here, and one that is revoked.
    var ring = try KeyRing()
    let foreign = try ring.add(.client, name: "desk")
    file.client = foreign
    try file.write(to: folder / "foreign.json")
    let stranger = try status("foreign.json")
    #expect(stranger.status == 69)
    file.worker = file.client
    try file.write(to: folder / "foreign.json")
    let worker = try Program.start(
      ["worker", "--connection", "foreign.json", "--processes", "1"], in: folder)
    let ended = try worker.wait()
    #expect(ended.status == 71)
    // Of many refusals in ten seconds only some are told one by one, so it may have to knock again.
    try waitUntil("the foreign key is told: \(coordinator.errors)") {
      if coordinator.errors.contains("\(foreign.publicKey)") { return true }
      _ = try status("foreign.json")
      return false
    }
    try keygen("--revoke", "desk")
    try waitUntil("the key is refused") { try status("client.json").status == 69 }
    try waitUntil("the revoked key is told: \(coordinator.errors)") {
      if coordinator.errors.contains("client:desk") { return true }
      _ = try status("client.json")
      return false
    }

    #expect(try status("state/connection.json").status == 0)
    try stop(coordinator)
  }
}
