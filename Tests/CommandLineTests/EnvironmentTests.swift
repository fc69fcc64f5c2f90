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

  /// A folder with all that shells, gnuplot and make take for their own.
  @Test func oddNamesOfFolders() throws {
    let outer = try TestFolder()
    let name = "it's a $(touch pwned) `x` 100% ü;#\\ \"q\" -"
    try FileManager.default.createDirectory(atPath: outer / name, withIntermediateDirectories: true)
    try outer.write(smallStudy(members: 1), to: name + "/my study.yaml")
    func run(_ arguments: String..., status: Int32 = 0) throws -> Program.Result {
      let result = try Program.start(arguments, in: outer, folder: name).wait()
      #expect(result.status == status, "\(arguments): \(result.errors)")
      return result
    }
    _ = try run("run", "my study.yaml", "-o", "o'ut", "--quiet", "--processes", "2")
    _ = try run("report", "o'ut")
    #expect(try outer.text(name + "/o'ut/report.html").contains("<svg "))
    _ = try run("simulate", "-o", "da'ta", "--trajectories", "2", "--steps", "300")
    let forecast = try run("forecast", "o'ut", "--trajectory", "da'ta/train/trajectory-0.csv", "-o", "f'.csv")
    #expect(forecast.errors.isEmpty, "\(forecast.errors)")
    for format in ["svg", "pdf", "png"] {
      #expect(FileManager.default.fileExists(atPath: outer / "\(name)/f'.\(format)"))
    }
    // What is printed for a shell is for a shell.
    _ = try run("job", "list", "my study.yaml", "-o", "j'obs")
    let collect = try run("collect", "j'obs", "-o", "c", status: 75)
    try outer.write(
      "cd \"$1\" && " + String(try #require(collect.errors.split(separator: "run them: ").last)),
      to: "command")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = [outer / "command", outer / name]
    let binaries = URL(fileURLWithPath: Program.path).deletingLastPathComponent().path
    process.environment = ["PATH": binaries + ":/usr/bin:/bin"]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    _ = try run("collect", "j'obs", "-o", "c")
    #expect(try outer.results(name + "/c") == outer.results(name + "/o'ut"))
    #expect(!FileManager.default.fileExists(atPath: outer / "\(name)/pwned"))
  }

  /// A shell in a folder that was removed: absolute paths still work.
  @Test func currentFolderThatWasRemoved() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(members: 1), to: "study.yaml")
    let gone = "mkdir gone && cd gone && rmdir ../gone && exec potline "
    let run = try Shell.run(gone + "run \(folder / "study.yaml") -o \(folder / "out") --quiet", in: folder)
    #expect(run.status == 0, "\(run.output)")
    let report = try Shell.run(gone + "report \(folder / "out")", in: folder)
    #expect(report.status == 0, "\(report.output)")
    let relative = try Shell.run(gone + "run \(folder / "study.yaml") -o out --quiet", in: folder)
    #expect(relative.status == 73 && relative.output.contains(String(cString: strerror(ENOENT))))
  }

  /// As a full disk or a crash of the host may leave them.
  @Test func emptyFilesOfAnEarlierStart() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(members: 1), to: "study.yaml")
    try Program.run("run", "study.yaml", "-o", "out", "--quiet", in: folder)
    let results = try folder.results("out")
    for name in ["journal/lock", "study.yaml", "statistics.json", "members.csv"] {
      try Data().write(to: URL(fileURLWithPath: folder / "out/\(name)"))
    }
    #expect(try Program.run("run", "study.yaml", "-o", "out", "--quiet", in: folder).status == 0)
    #expect(try folder.results("out") == results)
    for name in ["lock", "connection.json"] {
      let service = try QueueService(in: folder)
      service.coordinator.signal(SIGKILL)
      _ = try service.coordinator.wait()
      try Data().write(to: URL(fileURLWithPath: folder / "state/\(name)"))
      try service.startAgain()
      try service.stop()
    }
  }

  /// The variable is for the processes of a supervisor; what these start may inherit it.
  @Test func workersWithAnInheritedNameAreTwo() throws {
    let folder = try TestFolder()
    let service = try QueueService(in: folder)
    let workers = try (0..<2).map { _ in
      try Program.start(
        ["worker", "--connection", service.connection, "--processes", "1", "--datasets", folder / "cache"],
        environment: ["POTLINE_WORKER_ID": String(repeating: "1a", count: 16)], in: folder)
    }
    try waitUntil("both are known") { try service.workerCount() == 2 }
    for worker in workers { worker.signal(SIGTERM) }
    for worker in workers { #expect(try worker.wait(limit: 20).status == 0) }
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
