import Foundation
import Testing

/// Standard output and output files that can't be written: every command says so.
@Suite(.serialized) struct OutputTests {
  /// Runs a command with a full device as standard output.
  private func expectFull(
    _ arguments: [String], environment: [String: String] = [:], in folder: TestFolder
  ) throws {
    let result = try Program.start(arguments, environment: environment, in: folder, output: "/dev/full")
      .wait()
    #expect(result.status == 73, "\(arguments): \(result.errors)")
    #expect(
      result.errors.contains(String(cString: strerror(ENOSPC))),
      "\(arguments): \(result.errors)")
  }

  /// The paths of all commands without subcommands.
  private func commands(in folder: TestFolder) throws -> Set<String> {
    let help = try Program.run("--experimental-dump-help", in: folder)
    let document = try JSONSerialization.jsonObject(with: Data(help.output.utf8)) as? [String: Any]
    func leaves(_ command: [String: Any], _ path: [String]) -> [String] {
      let subcommands = (command["subcommands"] as? [[String: Any]] ?? []).filter {
        $0["commandName"] as? String != "help"
      }
      guard !subcommands.isEmpty else { return [path.joined(separator: " ")] }
      return subcommands.flatMap { leaves($0, path + [$0["commandName"] as? String ?? ""]) }
    }
    return Set(leaves(try #require(document?["command"] as? [String: Any]), []))
  }

  @Test func fullStandardOutputFailsEveryCommand() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(members: 1), to: "study.yaml")
    var tried: Set<String> = []
    func full(_ name: String, _ arguments: String..., environment: [String: String] = [:]) throws {
      tried.insert(name)
      try expectFull(
        name.split(separator: " ").map(String.init) + arguments, environment: environment, in: folder)
    }
    for option in ["--help", "--version", "--experimental-dump-help", "--generate-completion-script=bash"] {
      try expectFull([option], in: folder)
    }
    try expectFull(["--version", "--verbose"], in: folder)
    try full("study list")
    try full("study show", "study.yaml")
    try full("study reference")
    try full("study systems")
    try full("simulate", "-o", "data", "--trajectories", "2", "--steps", "500")
    try full("run", "study.yaml", "-o", "out")
    let member = try #require(FileManager.default.contentsOfDirectory(atPath: folder / "out/members").first)
    try full("inspect", "out/members/\(member)")
    try full("inspect", "out/members/\(member)", "--json")
    try full("report", "out")
    try full("forecast", "out", "--trajectory", "data/train/trajectory-0.csv")
    try full("job list", "study.yaml")
    try full("job list", "study.yaml", "-o", "jobs")
    try Program.run("job", "run", "--jobs", "jobs/jobs.jsonl", "-o", "jobs", in: folder)
    try full("collect", "jobs", "-o", "collected")
    try full("launch slurm", "--print")
    try full("launch ssh", "--help")
    try full("data", "data/train/trajectory-0.csv")
    try full(
      "new", "data/train/trajectory-0.csv", "--outputs", "x1", "--inputs", "u1", "--output", "new.yaml")
    let service = try QueueService(in: folder)
    func asked(_ name: String, _ arguments: String...) throws {
      tried.insert(name)
      try expectFull([name] + arguments + ["--connection", service.connection], in: folder)
    }
    try asked("submit", "study.yaml")
    try asked("status")
    try asked("status", "s1", "--json")
    try asked("status", "--watch")
    try asked("status", "--watch", "--json")
    try asked("workers")
    let workers = try service.workers("--processes", "1")
    try service.run("wait", "s1", "--quiet")
    try asked("wait", "s1", "--json")
    try asked("results", "s1", "-o", "fetched")
    try asked("retry", "s1", "--failed")
    try asked("cancel", "s1")
    workers.signal(SIGTERM)
    _ = try workers.wait()
    try service.stop()
    try full("coordinator", "--state", "other")
    try full("coordinator", "--state", "other", "--json")
    try full("keygen", "--state", "other", "--worker", "a", "-o", "key.json", "--address", "tcp://h:1")
    try full("keygen", "--state", "other", "--list")
    // `job run` and `worker` print on standard error alone; the figures of a debug build are refused.
    let others = try commands(in: folder).subtracting(tried).filter { !$0.hasPrefix("bench") }
    #expect(others == ["job run", "worker"])
  }

  /// What a command says of the study doesn't hide that nobody can read it.
  @Test func lostOutputOutweighsTheStudysStatus() throws {
    let folder = try TestFolder()
    try folder.write(
      smallStudy(members: 1, more: "  - {name: wild, learningRate: 1e20}"), to: "study.yaml")
    #expect(try Program.run("run", "study.yaml", "-o", "out", "--quiet", in: folder).status == 3)
    try expectFull(["run", "study.yaml", "-o", "out"], in: folder)
  }

  @Test func readerThatHasEnoughIsNoError() throws {
    let folder = try TestFolder()
    let result = try Shell.run("{ potline study reference; echo $? >status; } | head -n 1", in: folder)
    #expect(result.output.split(separator: "\n").count == 1, "\(result.output)")
    try waitUntil("the first command has ended") { (try? folder.text("status")) == "0\n" }
  }

  /// A limit on the size of files fails a write half way, as a full disk does; scripts/hosts-lab fills a real one.
  @Test func outputFilesThatCannotBeWrittenAreNamed() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(members: 1), to: "study.yaml")
    /// Expects that the command fails, and names a file that begins so.
    func fails(_ limit: Int, _ arguments: String..., naming path: String) throws {
      let result = try Program.start(arguments, in: folder, fileLimit: limit).wait()
      #expect(result.status == 73, "\(arguments): \(result.errors)")
      #expect(result.errors.contains(path), "\(arguments): \(result.errors)")
    }
    try fails(0, "simulate", "-o", "data", "--trajectories", "2", "--steps", "500", naming: "data/train/")
    try Program.run("simulate", "-o", "data", "--trajectories", "2", "--steps", "500", in: folder)
    for limit in [0, 8, 300] {
      let run = try Program.start(["run", "study.yaml", "-o", "out"], in: folder, fileLimit: limit).wait()
      #expect(run.status == 73 && run.errors.contains("out/"), "\(run.errors)")
    }
    try Program.run("run", "study.yaml", "-o", "out", in: folder)
    let results = try folder.results("out")
    try fails(1, "report", "out", naming: "out/report/")
    // Enough for the sources of the figures, and too little for the pictures.
    try fails(600, "report", "out", naming: "out/report/figures/")
    #expect(!FileManager.default.fileExists(atPath: folder / "out/report.html"))
    try fails(
      1, "forecast", "out", "--trajectory", "data/train/trajectory-0.csv", "-o", "f.csv", naming: "f.csv")
    try fails(1, "job", "list", "study.yaml", "-o", "jobs", naming: "jobs/")
    try Program.run("job", "list", "study.yaml", "-o", "jobs", in: folder)
    try fails(1, "job", "run", "--jobs", "jobs/jobs.jsonl", "-o", "jobs", naming: "jobs/results/")
    try Program.run("job", "run", "--jobs", "jobs/jobs.jsonl", "-o", "jobs", in: folder)
    try fails(1, "collect", "jobs", "-o", "collected", naming: "collected/")
    try Program.run("collect", "jobs", "-o", "collected", in: folder)
    #expect(try folder.results("collected") == results)
    try fails(0, "launch", "slurm", "study.yaml", "-o", "slurm", naming: "slurm/")
    let service = try QueueService(in: folder)
    try service.run("submit", "study.yaml")
    let workers = try service.workers("--processes", "1")
    try service.run("wait", "s1", "--quiet")
    try fails(1, "results", "s1", "-o", "fetched", "--connection", service.connection, naming: "fetched/")
    try service.run("results", "s1", "-o", "fetched")
    #expect(try folder.results("fetched") == results)
    workers.signal(SIGTERM)
    _ = try workers.wait()
    try fails(
      0, "keygen", "--state", "keys", "--worker", "a", "-o", "key.json", "--address", "tcp://h:1",
      naming: "key.json")
  }
}
