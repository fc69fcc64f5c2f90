import Foundation
import Testing

/// `potline run --listen`: workers of other hosts help a run.
@Suite(.serialized) struct SharedRunTests {
  private func start(_ output: String, _ options: String..., in folder: TestFolder) throws -> RunningProgram {
    func written() -> Date? {
      let attributes = try? FileManager.default.attributesOfItem(atPath: folder / "connection.json")
      return attributes?[.modificationDate] as? Date
    }
    let stale = written()
    let run = try Program.start(
      [
        "run", "study.yaml", "-o", output, "--listen", "tcp://0.0.0.0:0", "--publish", "127.0.0.1",
        "--connection", "connection.json",
      ] + options, in: folder)
    try waitUntil("the run listens") {
      let file = written()
      return file != nil && file != stale || !run.process.isRunning
    }
    try #require(run.process.isRunning, "\(run.errors)")
    return run
  }

  private func worker(in folder: TestFolder) throws -> RunningProgram {
    try Program.start(
      ["worker", "--connection", "connection.json", "--processes", "2", "--datasets", folder / "cache"],
      in: folder)
  }

  private func working(_ folder: TestFolder) throws -> Int {
    let result = try Program.run("workers", "--json", "--connection", "connection.json", in: folder)
    let workers = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]]
    return (workers ?? []).count { $0["state"] as? String == "working" }
  }

  @Test func othersDoTheWorkAndTheResultsAreTheSame() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(epochs: Pace.epochs(seconds: 1)), to: "study.yaml")
    try Program.run("run", "study.yaml", "-o", "calm", in: folder)
    var run = try start("out", "--processes", "0", in: folder)
    let attributes = try FileManager.default.attributesOfItem(atPath: folder / "connection.json")
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(run.workers.isEmpty)
    var helper = try worker(in: folder)
    try waitUntil("they train") { try working(folder) == 2 }
    // As at the end of an allocation; those who help leave with it.
    run.signal(SIGTERM)
    #expect(try run.wait(limit: 10).status == 130)
    #expect(try helper.wait(limit: 10).status == 0)
    #expect(!FileManager.default.fileExists(atPath: folder / "connection.json"))
    // Killed, it leaves its file behind, and the next start doesn't let anybody be misled by it.
    run = try start("out", "--processes", "0", in: folder)
    let before = try folder.text("connection.json")
    run.signal(SIGKILL)
    _ = try run.wait()
    #expect(try folder.text("connection.json") == before)
    run = try start("out", "--processes", "1", in: folder)
    helper = try worker(in: folder)
    #expect(try run.wait().status == 0, "\(run.errors)")
    #expect(try helper.wait(limit: 10).status == 0)
    #expect(!FileManager.default.fileExists(atPath: folder / "connection.json"))
    #expect(try folder.results("out") == folder.results("calm"))
  }

  @Test func nobodyWithoutAKeyIsAdmitted() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(), to: "study.yaml")
    let run = try start("out", "--processes", "0", in: folder)
    let file = try JSONSerialization.jsonObject(with: Data(folder.text("connection.json").utf8))
    let address = try #require((file as? [String: Any])?["address"] as? String)
    let stranger = try Program.start(
      ["worker", "--coordinator", address, "--processes", "1", "--coordinator-timeout", "1"],
      in: folder)
    #expect(try stranger.wait(limit: 20).status == 70)
    #expect(try working(folder) == 0)
    run.signal(SIGTERM)
    #expect(try run.wait(limit: 10).status == 130)
  }
}
