import Foundation
import Testing

/// Limits and settings that containers, services and shells impose: the results are the same.
@Suite(.serialized, .timeLimit(.minutes(10))) struct EnvironmentTests {
  /// How the shell sets up what runs after it.
  @Test(arguments: [
    "ulimit -n 64; exec", "ulimit -n 100; exec", "umask 077; exec", "umask 000; exec",
    "exec env -i PATH=\"$PATH\"",
    "exec env LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8", "exec env LC_ALL=de_DE.UTF-8",
    "exec env -u HOME -u LANG TZ=nowhere",
    "exec env TMPDIR=/nonexistent", "exec env TERM= COLUMNS=0 LINES=0",
  ])
  func aStudyOnAQueueAndItsReport(prefix: String) throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(members: 1), to: "study.yaml")
    try Program.run("run", "study.yaml", "-o", "calm", "--quiet", in: folder)
    func run(_ words: String) throws {
      let result = try Shell.run("\(prefix) potline \(words)", in: folder)
      #expect(result.status == 0, "\(prefix) potline \(words): \(result.output)")
    }
    try run("run study.yaml -o out --quiet --listen tcp://127.0.0.1:0 --processes 2")
    #expect(try folder.results("out") == folder.results("calm"))
    try run("report out")
    #expect(try folder.text("out/report.html").contains("<svg "))
    let coordinator = try Shell.start("\(prefix) potline coordinator --state state", in: folder)
    defer { coordinator.terminate() }
    try waitUntil("the coordinator listens") {
      FileManager.default.fileExists(atPath: folder / "state/connection.json")
    }
    try run("submit study.yaml --connection state/connection.json")
    try run("worker --connection state/connection.json --processes 2 --idle-exit 1 --datasets cache")
    try run("results s1 -o fetched --connection state/connection.json")
    #expect(try folder.results("fetched") == folder.results("calm"))
    var status = stat()
    #expect(stat(folder / "state/connection.json", &status) == 0 && status.st_mode & 0o777 == 0o600)
  }

  @Test func tooFewOpenFilesAreSaid() throws {
    let folder = try TestFolder()
    let result = try Shell.run("ulimit -n 30; exec potline coordinator --state state", in: folder)
    #expect(result.status == 70 && result.output.contains("ulimit -n"), "\(result.output)")
  }

  /// The connection file comes over standard input, and goes to the workers in memory.
  @Test func workersGetTheirKeysInMemory() throws {
    let folder = try TestFolder()
    let service = try QueueService(in: folder, options: ["--listen", "tcp://127.0.0.1:0"])
    try folder.write(smallStudy(members: 1), to: "study.yaml")
    try service.run("submit", "study.yaml")
    let before = try Set(FileManager.default.contentsOfDirectory(atPath: "/dev/shm"))
    let worker = try Shell.start(
      "exec potline worker --connection - --processes 2 --datasets cache < state/connection.json", in: folder)
    try service.run("wait", "s1", "--quiet")
    let names = try FileManager.default.contentsOfDirectory(atPath: "/dev/shm")
    #expect(!names.contains { $0.hasPrefix("potline-") && !before.contains($0) })
    let children = RunningProgram.children(of: worker.processIdentifier)
    #expect(!children.isEmpty)
    for child in children {
      let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(child)/fd/3")
      #expect(target?.hasPrefix("/memfd:potline") == true, "\(target ?? "none")")
    }
    worker.terminate()
    worker.waitUntilExit()
  }
}
