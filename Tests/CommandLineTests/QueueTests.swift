import Foundation
import QueueProtocol
import Testing

/// Coordinator, workers and clients as real processes.
@Suite(.serialized) struct QueueTests {
  private func other(_ study: String) -> String {
    study.replacingOccurrences(of: "seed: 7", with: "seed: 8").replacingOccurrences(
      of: "name: small", with: "name: other")
  }

  @Test func resultsAreThoseOfARunWhateverIsKilled() throws {
    let folder = try TestFolder()
    let study = smallStudy(epochs: Pace.epochs(seconds: 1))
    try folder.write(study, to: "one.yaml")
    try folder.write(other(study), to: "two.yaml")
    for name in ["one", "two"] {
      try Program.run("run", "\(name).yaml", "-o", "calm-\(name)", "--quiet", in: folder)
    }

    let service = try QueueService(in: folder)
    let workers = try service.workers("--processes", "2")
    let ids = try ["one", "two"].map { try service.run("submit", "\($0).yaml") }
    #expect(ids == ["s1", "s2"])
    try waitUntil("both studies are at work") { try Set(service.atWork().values) == ["s1", "s2"] }
    let address = try String(contentsOfFile: service.connection, encoding: .utf8)

    service.coordinator.signal(SIGKILL)
    try service.startAgain()
    #expect(try String(contentsOfFile: service.connection, encoding: .utf8) == address)
    try waitUntil("the workers are back") { try service.atWork().count == 2 }
    let victim = try #require(workers.workers.first)
    kill(victim, SIGKILL)
    try waitUntil("a member of each is finished") {
      try ids.allSatisfy { try service.finished($0) >= 1 }
    }
    service.coordinator.signal(SIGKILL)
    try service.startAgain()

    for (id, name) in zip(ids, ["one", "two"]) {
      try service.run("wait", id, "--quiet")
      try service.run("results", id, "-o", "queue-\(name)")
      #expect(try folder.results("queue-\(name)") == folder.results("calm-\(name)"))
      #expect(try folder.text("queue-\(name)/study.yaml") == folder.text("calm-\(name)/study.yaml"))
    }
    // Nothing that was finished was trained again.
    #expect(try attemptsAfterAResult(folder / "state") == 0)
    try service.stop()
    #expect(try workers.wait(limit: 10).status == 0)
  }

  @Test func membersOfEarlierStudiesAreNotTrainedAgainUnlessFresh() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(), to: "study.yaml")
    let service = try QueueService(in: folder, options: ["--audit", "0.5"])
    let workers = try service.workers("--processes", "2")
    let first = try service.run("submit", "study.yaml")
    try service.run("wait", first, "--quiet")
    let again = try #require(try service.json("submit", "study.yaml") as? [String: Any])
    #expect(again["study"] as? String == "s2" && again["finished"] as? Int == 6)
    let fresh = try #require(
      try service.json("submit", "study.yaml", "--fresh", "--priority", "4") as? [String: Any])
    #expect(fresh["finished"] as? Int == 0)
    try service.run("wait", "s3", "--quiet")
    for id in ["s1", "s2", "s3"] { try service.run("results", id, "-o", id) }
    #expect(try folder.results("s1") == folder.results("s3"))
    #expect(try folder.results("s2") == folder.results("s3"))
    let all = try #require(try service.json("status") as? [String: Any])
    let queue = try #require(all["queue"] as? [String: Any])
    #expect(queue["finished"] as? Int == 12 && queue["auditsDisputed"] as? Int == 0)
    #expect((queue["auditsPassed"] as? Int ?? 0) > 0)
    #expect(try service.study("s3")["priority"] as? Int == 4)
    try service.stop()
    _ = try workers.wait(limit: 10)
  }

  @Test func resultsHaveTheirReportAndLeaveThoseOfOthersAlone() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(), to: "one.yaml")
    try folder.write(other(smallStudy()), to: "two.yaml")
    let service = try QueueService(in: folder)
    let workers = try service.workers("--processes", "2")
    for name in ["one", "two"] {
      try service.run("wait", try service.run("submit", "\(name).yaml"), "--quiet")
    }
    try service.run("results", "s1", "-o", "out")
    let before = try folder.results("out")
    let datasets = try FileManager.default.contentsOfDirectory(atPath: folder / "out/datasets")
    #expect(
      FileManager.default.contentsEqual(
        atPath: folder / "out/datasets/\(datasets[0])", andPath: folder / "state/datasets/\(datasets[0])"))
    let report = try RunningProgram(["report", "out"], in: folder, environment: ["PATH": "/nonexistent"])
    #expect(try report.wait().status == 0, "\(report.errors)")

    try service.run("results", "s2", "-o", "out", status: 73)
    #expect(try folder.results("out") == before)
    try service.run("results", "s1", "-o", "out")
    #expect(try folder.results("out") == before)
    try service.stop()
    _ = try workers.wait(limit: 10)
  }

  /// Whoever fetches results needs neither the study's files nor a folder that the coordinator sees.
  @Test func resultsOfFilesNeedNoFiles() throws {
    let folder = try TestFolder()
    try Program.run(
      "simulate", "--system", "predator-prey", "-o", "plant", "--trajectories", "2", "--test-trajectories",
      "1", "--steps", "400", in: folder)
    let dataset = """
          files: {train: [plant/train], test: [plant/test], states: [x1, x2], inputs: [u], samplingTime: 0.1}
      """
    try folder.write(smallStudy(dataset: dataset), to: "study.yaml")
    let service = try QueueService(in: folder)
    let workers = try service.workers("--processes", "2")
    try service.run("wait", try service.run("submit", "study.yaml"), "--quiet")
    try FileManager.default.removeItem(atPath: folder / "plant")
    try service.run("results", "s1", "-o", "out")
    let report = try RunningProgram(["report", "out"], in: folder, environment: ["PATH": "/nonexistent"])
    #expect(try report.wait().status == 0, "\(report.errors)")
    try service.stop()
    _ = try workers.wait(limit: 10)
  }

  /// A name of whoever submits must not do anything to the terminal of whoever looks.
  @Test func namesCannotControlATerminal() throws {
    let folder = try TestFolder()
    let service = try QueueService(in: folder)
    let address = try ConnectionFile(path: service.connection).address
    let client = try QueueClient(QueueClient.Configuration(address: address))
    let study = Submission(name: "a\u{1B}[2Jb\u{9B}c\n", jobs: [NewJob(payload: [1])])
    #expect(try client.submit(study).study == StudyID("s1"))
    let table = try service.run("status")
    #expect(table.contains("a?[2Jb?c?"), "\(table)")
    try service.stop()
  }

  @Test func failedMembersAreTriedAgainAndStudiesCancelled() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(more: "  - {name: wild, learningRate: 1e20}"), to: "wild.yaml")
    try folder.write(smallStudy(epochs: Pace.epochs(seconds: 60)), to: "long.yaml")
    let service = try QueueService(in: folder)
    let workers = try service.workers("--processes", "2", "--coordinator-timeout", "30")
    try service.run("submit", "wild.yaml")
    try service.run("wait", "s1", "--quiet", status: 3)
    let status = try #require(try service.json("status", "s1") as? [String: Any])
    let failures = try #require(status["failures"] as? [[String: Any]])
    #expect(failures.count == 3)
    for failure in failures {
      let attempts = try #require(failure["attempts"] as? [[String: Any]])
      #expect(attempts.map { $0["end"] as? String } == ["nonFiniteLoss"])
    }
    #expect(try service.run("retry", "s1", "--failed").contains("3"))
    try service.run("wait", "s1", "--quiet", status: 3)
    try service.run("results", "s1", "-o", "wild", status: 3)
    #expect(try folder.text("wild/members.csv").contains("wild"))

    try service.run("submit", "long.yaml")
    try waitUntil("it is at work") { try service.atWork().values.contains("s2") }
    try service.run("results", "s2", "-o", "long", status: 75)
    #expect(try service.run("cancel", "s2").contains("6"))
    try waitUntil("the workers have stopped") { try service.atWork().isEmpty }
    try service.run("wait", "s2", "--quiet", status: 4)
    try service.run("results", "s2", "-o", "long", status: 4)
    try service.run("status", "s9", status: 66)
    try service.stop()
    #expect(try workers.wait(limit: 10).status == 0)
    try service.run("status", "--timeout", "0.5", status: 69)
  }

  @Test(arguments: [SIGTERM, SIGKILL])
  func workersEndWithTheirSupervisor(signal: Int32) throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(epochs: Pace.epochs(seconds: 60)), to: "long.yaml")
    let service = try QueueService(in: folder)
    let workers = try service.workers("--processes", "3")
    try service.run("submit", "long.yaml")
    try waitUntil("all are at work") { try service.atWork().count == 3 }
    let processes = Array(try service.atWork().keys)
    let start = Date()
    workers.signal(signal)
    let result = try workers.wait(limit: 10)
    #expect(result.status == (signal == SIGTERM ? 0 : 128 + SIGKILL))
    try waitUntil("no worker is left", limit: 10) { processes.allSatisfy(RunningProgram.hasGone) }
    #expect(Date().timeIntervalSince(start) < 5)
    try waitUntil("their jobs are back") { try service.study("s1")["queued"] as? Int == 6 }
    try service.stop()
  }

  @Test func workersLeaveOfTheirOwnAccord() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(), to: "study.yaml")
    let service = try QueueService(in: folder)
    try service.run("submit", "study.yaml")
    // Two processes do two jobs each, one at most one; nobody is replaced.
    let two = try service.workers("--processes", "2", "--max-jobs", "2")
    #expect(try two.wait(limit: 30).status == 0)
    #expect(try service.finished("s1") == 4)
    let idle = try service.workers("--processes", "1", "--idle-exit", "0.5")
    #expect(try idle.wait(limit: 30).status == 0)
    #expect(try service.finished("s1") == 6)
    let limited = try service.workers("--processes", "1", "--time-limit", "2")
    let start = Date()
    #expect(try limited.wait(limit: 30).status == 0)
    #expect((1...2).contains(Date().timeIntervalSince(start)))
    let alone = try service.workers("--processes", "2", "--coordinator-timeout", "1")
    try waitUntil("they are registered") { (try service.json("workers") as? [Any])?.count == 2 }
    service.coordinator.signal(SIGKILL)
    #expect(try alone.wait(limit: 20).status == 70)
  }

  @Test func secondCoordinatorOnAFolderIsToldWhoHasIt() throws {
    let folder = try TestFolder()
    let service = try QueueService(in: folder)
    let second = try Program.run("coordinator", "--state", "state", in: folder)
    #expect(second.status == 73)
    #expect(second.errors.contains("\(service.coordinator.pid)"))
    let file = try FileManager.default.attributesOfItem(atPath: service.connection)
    #expect(file[.posixPermissions] as? Int == 0o600)
    try service.stop()
  }
}
