import Foundation
import Testing

/// Whole runs, as real processes.
@Suite(.serialized) struct RunTests {
  @Test func resultsDoNotDependOnTheNumberOfProcesses() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(), to: "study.yaml")
    for processes in ["1", "2", "5"] {
      let result = try Program.run("run", "study.yaml", "-o", processes, "--processes", processes, in: folder)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("'sparse'"))
    }
    let one = try folder.results("1")
    #expect(one.count == 8)
    #expect(try folder.results("2") == one)
    #expect(try folder.results("5") == one)
  }

  @Test func killedWorkersAreReplacedAndNothingChanges() throws {
    // On a machine whose pace changes, the training may end before two workers were killed: then a longer one is tried.
    for seconds in [1.0, 4, 16, 64] where try killWorkers(training: seconds) >= 2 { return }
    Issue.record("every training ended before two workers were killed")
  }

  /// Kills up to four workers of a study whose members train for so long; checks that the results don't change.
  ///
  /// - Returns: How many were killed.
  private func killWorkers(training seconds: Double) throws -> Int {
    let folder = try TestFolder()
    try folder.write(smallStudy(epochs: Pace.epochs(seconds: seconds)), to: "study.yaml")
    try Program.run("run", "study.yaml", "-o", "calm", in: folder)
    let run = try Program.start(["run", "study.yaml", "-o", "killed", "--processes", "2"], in: folder)
    var killed: Set<pid_t> = []
    while killed.count < 4, run.process.isRunning {
      var worker: pid_t?
      try waitUntil("there is a worker to kill") {
        worker = run.workers.first { RunningProgram.processorSeconds($0) > 0.2 }
        return worker != nil || !run.process.isRunning
      }
      guard let worker else { break }
      kill(worker, SIGKILL)
      killed.insert(worker)
    }
    let result = try run.wait()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try folder.results("killed") == folder.results("calm"))
    #expect(killed.allSatisfy(RunningProgram.hasGone))
    return killed.count
  }

  @Test func killedCoordinatorGoesOnWhereItWas() throws {
    // As above, the training may end before the coordinator is killed.
    for seconds in [0.5, 2, 8, 32] where try killCoordinator(training: seconds) < 6 { return }
    Issue.record("every training ended before the coordinator was killed")
  }

  /// Kills the coordinator of a study when a member is finished, and resumes; checks that the results don't change.
  ///
  /// - Returns: How many of the six members were finished when it was killed.
  private func killCoordinator(training seconds: Double) throws -> Int {
    let folder = try TestFolder()
    try folder.write(smallStudy(epochs: Pace.epochs(seconds: seconds)), to: "study.yaml")
    try Program.run("run", "study.yaml", "-o", "calm", in: folder)
    let run = try Program.start(["run", "study.yaml", "-o", "killed", "--processes", "1"], in: folder)
    try waitUntil("a member is finished") { try finishedJobs(folder / "killed") >= 1 }
    let workers = run.workers
    run.signal(SIGKILL)
    _ = try run.wait()
    try waitUntil("the workers have gone too") { workers.allSatisfy(RunningProgram.hasGone) }
    let before = try finishedJobs(folder / "killed")
    let result = try Program.run("run", "study.yaml", "-o", "killed", in: folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("\(before) of 6"))
    #expect(try folder.results("killed") == folder.results("calm"))
    // Finished members had one attempt that finished, and none after it.
    #expect(try attemptsAfterAResult(folder / "killed/journal") == 0)
    return before
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func signalStopsCleanlyAndTheSameCommandGoesOn(signal: Int32) throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(epochs: Pace.epochs(seconds: 1)), to: "study.yaml")
    try Program.run("run", "study.yaml", "-o", "calm", in: folder)
    let run = try Program.start(["run", "study.yaml", "-o", "stopped", "--processes", "2"], in: folder)
    try waitUntil("workers train") { run.areWorkersTraining }
    let workers = run.workers
    run.signal(signal)
    let stopped = try run.wait(limit: 10)
    #expect(stopped.status == 130)
    #expect(workers.allSatisfy(RunningProgram.hasGone))
    let result = try Program.run("run", "study.yaml", "-o", "stopped", in: folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try folder.results("stopped") == folder.results("calm"))
  }

  /// As a version of the program with another layout of checkpoints would leave behind.
  @Test func checkpointOfAnotherNetworkCostsTimeOnly() throws {
    let folder = try TestFolder()
    let study = smallStudy(epochs: Pace.epochs(seconds: 2), members: 1)
    try folder.write(study, to: "study.yaml")
    let other = study.replacingOccurrences(of: "[8, 6]", with: "[8, 8]")
    try folder.write(other, to: "other.yaml")
    try Program.run("run", "study.yaml", "-o", "calm", in: folder)
    for study in ["study", "other"] {
      let run = try Program.start(["run", "\(study).yaml", "-o", study, "--processes", "2"], in: folder)
      try waitUntil("workers train") { run.areWorkersTraining }
      run.signal(SIGINT)
      #expect(try run.wait().status == 130)
    }
    #expect(try copyCheckpoint(from: folder / "other", to: folder / "study") >= 1)
    let result = try Program.run("run", "study.yaml", "-o", "study", in: folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try folder.results("study") == folder.results("calm"))
  }

  @Test func damagedDatasetFileIsReplaced() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(), to: "study.yaml")
    try Program.run("run", "study.yaml", "-o", "out", in: folder)
    let results = try folder.results("out")
    try FileManager.default.removeItem(atPath: folder / "out/journal")
    let name = try #require(
      FileManager.default.contentsOfDirectory(atPath: folder / "out/datasets").first { $0.count == 64 })
    try FileManager.default.removeItem(atPath: folder / "out/datasets/\(name)")
    try folder.write("damaged", to: "out/datasets/\(name)")
    let again = try Program.run("run", "study.yaml", "-o", "out", in: folder)
    #expect(again.status == 0, "\(again.errors)")
    #expect(try folder.results("out") == results)
  }

  @Test func finishedStudyIsOnlyReportedAgain() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(), to: "study.yaml")
    try Program.run("run", "study.yaml", "-o", "out", in: folder)
    let results = try folder.results("out")
    try FileManager.default.removeItem(atPath: folder / "out/members")
    let again = try Program.run("run", "study.yaml", "-o", "out", in: folder)
    #expect(again.status == 0)
    #expect(again.errors.contains("6 of 6"))
    #expect(try folder.results("out") == results)
  }

  @Test func simulatedFilesGiveTheMembersOfTheSimulation() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(), to: "simulated.yaml")
    try Program.run("run", "simulated.yaml", "-o", "simulated", in: folder)
    let simulation = try Program.run(
      "simulate", "-o", "data", "--trajectories", "4", "--test-trajectories", "3", "--steps", "2000",
      "--seed", "5",
      in: folder)
    #expect(simulation.status == 0)
    let files = """
        files:
          train: [data/train]
          test: [data/test/*.csv]
          states: [x1, x2, x3, x4, x5, x6, x7, x8]
          inputs: [u1, u2, u3, u4, u5]
          samplingTime: 10
      """
    try folder.write(smallStudy(dataset: files), to: "files.yaml")
    let result = try Program.run("run", "files.yaml", "-o", "files", in: folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try folder.results("files") == folder.results("simulated"))
    // The study file that a run leaves behind runs from anywhere.
    let copy = try Program.run("run", "files/study.yaml", "-o", "copy", in: folder)
    #expect(copy.status == 0, "\(copy.errors)")
    #expect(try folder.results("copy") == folder.results("simulated"))
  }

  @Test func seedOptionIsTheStudyFilesSeed() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(), to: "seven.yaml")
    try folder.write(smallStudy().replacingOccurrences(of: "seed: 7", with: "seed: 8"), to: "eight.yaml")
    try Program.run("run", "seven.yaml", "-o", "seven", in: folder)
    try Program.run("run", "eight.yaml", "-o", "eight", in: folder)
    try Program.run("run", "seven.yaml", "-o", "option", "--seed", "8", in: folder)
    #expect(try folder.results("option") == folder.results("eight"))
    #expect(try folder.results("option") != folder.results("seven"))
  }

  @Test func jsonAndQuiet() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(), to: "study.yaml")
    let json = try Program.run("run", "study.yaml", "-o", "out", "--json", "--quiet", in: folder)
    #expect(json.errors.isEmpty)
    #expect(json.output == (try folder.text("out/statistics.json")))
    let quiet = try Program.run("run", "study.yaml", "-o", "out", "--quiet", in: folder)
    #expect(quiet.output.isEmpty && quiet.errors.isEmpty && quiet.status == 0)
  }

  @Test func divergedMembersAreRecordedAndTheStudyGoesOn() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(more: "  - {name: wild, learningRate: 1e20}"), to: "study.yaml")
    let result = try Program.run("run", "study.yaml", "-o", "out", in: folder)
    #expect(result.status == 3, "\(result.errors)")
    let statistics = try JSONSerialization.jsonObject(with: Data(try folder.text("out/statistics.json").utf8))
    let variants = try #require((statistics as? [String: Any])?["variants"] as? [[String: Any]])
    #expect(variants.map { $0["finished"] as? Int } == [3, 3, 0])
    let failures = try #require(variants[2]["failures"] as? [[String: Any]])
    #expect(failures.count == 3)
    let failure = try #require(failures[0]["failure"] as? [String: Any])
    #expect(failure["epoch"] as? Int == 1 && (failure["step"] as? Int ?? 0) > 1)
  }
}
