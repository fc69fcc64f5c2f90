import Foundation
import FuzzSupport
import Testing

/// Studies whose jobs are files: no coordinator, any number of processes.
@Suite(.serialized) struct JobTests {
  /// The study's jobs in a folder "jobs", and the results of an undisturbed run in "calm".
  private func prepared(_ study: String) throws -> TestFolder {
    let folder = try TestFolder()
    try folder.write(study, to: "study.yaml")
    let run = try Program.run("run", "study.yaml", "-o", "calm", in: folder)
    #expect([0, 3].contains(run.status), "\(run.errors)")
    let list = try Program.run("job", "list", "study.yaml", "-o", "jobs", in: folder)
    #expect(list.status == 0, "\(list.errors)")
    return folder
  }

  private func lineCount(_ folder: TestFolder) throws -> Int {
    try folder.text("jobs/jobs.jsonl").split(separator: "\n").count
  }

  private func start(_ index: Int, _ options: String..., in folder: TestFolder) throws -> RunningProgram {
    try Program.start(
      ["job", "run", "--jobs", "jobs/jobs.jsonl", "--index", "\(index)", "-o", "jobs"] + options, in: folder)
  }

  @discardableResult
  private func collect(
    _ options: String..., from name: String = "jobs", status: Int32 = 0, in folder: TestFolder
  )
    throws -> Program.Result
  {
    let result = try Program.start(["collect", name, "-o", "collected"] + options, in: folder).wait()
    #expect(result.status == status, "\(result.errors)")
    return result
  }

  private func expectSameAsCalm(_ folder: TestFolder) throws {
    #expect(try folder.results("collected") == folder.results("calm"))
    #expect(try folder.text("collected/study.yaml") == folder.text("calm/study.yaml"))
    let datasets = try FileManager.default.contentsOfDirectory(atPath: folder / "collected/datasets")
    #expect(datasets.count == 1)
    #expect(
      FileManager.default.contentsEqual(
        atPath: folder / "collected/datasets/\(datasets[0])", andPath: folder / "calm/datasets/\(datasets[0])"
      ))
  }

  private func files(_ suffix: String, in folder: TestFolder, under output: String = "jobs") -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(atPath: folder / "\(output)/results")
    return (names ?? []).filter { $0.hasSuffix(suffix) }
  }

  @Test func killedAndStoppedAtRandomTheyGiveTheBytesOfARun() throws {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SplitMix64(seed: seed)
    let folder = try prepared(smallStudy(epochs: Pace.epochs(seconds: 0.7)))
    var disturbed = 0
    for index in 0..<(try lineCount(folder)) {
      for run in 0..<Int(2 + random.next() % 3) {
        let job = try start(index, "--checkpoint-interval", "0.02", in: folder)
        // The first one in the midst of its training, others at any time.
        if run == 0 {
          try waitUntil("there is a checkpoint") {
            !files("checkpoint", in: folder).isEmpty || !job.process.isRunning
          }
        }
        usleep(UInt32(random.next() % 200_000))
        let signal = [SIGKILL, SIGTERM, SIGINT][Int(random.next() % 3)]
        job.signal(signal)
        let result = try job.wait(limit: 3)
        // A signal may come before the program can see it.
        #expect([0, 75, 128 + signal].contains(result.status), "seed \(seed): \(result.errors)")
        if result.status != 0 { disturbed += 1 }
      }
      #expect(try start(index, in: folder).wait().status == 0, "seed \(seed)")
    }
    #expect(disturbed >= 3, "seed \(seed): hardly anything was disturbed")
    #expect(files("checkpoint", in: folder).isEmpty)
    try collect(in: folder)
    try expectSameAsCalm(folder)
  }

  @Test func stoppedItLeavesACheckpointAndGoesOnFromThere() throws {
    let folder = try TestFolder()
    // It would take minutes.
    try folder.write(smallStudy(epochs: 1_000_000, members: 1), to: "study.yaml")
    try Program.run("job", "list", "study.yaml", "-o", "jobs", in: folder)
    func steps(_ result: Program.Result) throws -> Int {
      #expect(result.status == 75)
      let text = result.errors.firstMatch(of: /stopped after (\d+) of \d+ steps/)?.output.1
      return try #require(text.flatMap { Int($0) }, "\(result.errors)")
    }
    // The second has half the time of the first: it would not come as far if it began anew.
    let first = try steps(try start(0, "--time-limit", "6", in: folder).wait(limit: 6))
    let second = try steps(try start(0, "--time-limit", "3", in: folder).wait(limit: 3))
    #expect(first > 0 && second > first)
    let job = try start(0, "--checkpoint-interval", "0.05", in: folder)
    let path = folder / "jobs/results/\(try #require(files("checkpoint", in: folder).first))"
    func number() throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
    }
    let before = try number()
    try waitUntil("there is a new checkpoint") { try number() != before }
    job.signal(SIGTERM)
    #expect(try steps(try job.wait(limit: 3)) > second)
  }

  @Test func doneAlreadyItEndsAtOnceAndWritesNothing() throws {
    let folder = try prepared(smallStudy(members: 1))
    #expect(try start(0, in: folder).wait().status == 0)
    let results = files("result", in: folder)
    #expect(results.count == 1)
    let written = try FileManager.default.attributesOfItem(atPath: folder / "jobs/results/\(results[0])")
    let again = try start(0, in: folder).wait(limit: 10)
    #expect(again.status == 0 && again.errors == "dense-0: done already\n")
    let after = try FileManager.default.attributesOfItem(atPath: folder / "jobs/results/\(results[0])")
    #expect(written[.systemFileNumber] as? Int == after[.systemFileNumber] as? Int)
  }

  @Test func aDamagedCheckpointCostsTimeOnly() throws {
    let folder = try prepared(smallStudy(epochs: Pace.epochs(seconds: 3), members: 1))
    let job = try start(0, "--checkpoint-interval", "0.02", in: folder)
    try waitUntil("there is a checkpoint") { !files("checkpoint", in: folder).isEmpty }
    job.signal(SIGTERM)
    #expect(try job.wait().status == 75)
    let path = folder / "jobs/results/\(files("checkpoint", in: folder)[0])"
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    // A bit of a weight: nothing but a digest can see it.
    bytes[bytes.count - 1000] ^= 1
    try bytes.write(to: URL(fileURLWithPath: path))
    for index in 0..<2 { #expect(try start(index, in: folder).wait().status == 0) }
    try collect(in: folder)
    try expectSameAsCalm(folder)
  }

  @Test func twoProcessesAtTheSameJobsDoNoHarm() throws {
    let folder = try prepared(smallStudy(epochs: Pace.epochs(seconds: 0.3)))
    // Nor is a dataset that isn't there yet made wrongly by several.
    try FileManager.default.removeItem(atPath: folder / "jobs/datasets")
    let all = try (0..<3).map { _ in
      try Program.start(
        ["job", "run", "--jobs", "jobs/jobs.jsonl", "-o", "jobs", "--checkpoint-interval", "0.01"], in: folder
      )
    }
    for running in all { #expect(try running.wait().status == 0, "\(running.errors)") }
    try collect(in: folder)
    try expectSameAsCalm(folder)
  }

  @Test func everyMthJobFromStandardInputAndWithoutTheFolderOfTheList() throws {
    let folder = try prepared(smallStudy())
    let list = try Program.run("job", "list", "study.yaml", in: folder)
    #expect(list.output == (try folder.text("jobs/jobs.jsonl")))
    try folder.write(list.output, to: "list")
    for index in [0, 1, 2, 3, 9] {
      let result = try Program.run(
        "job", "run", "--jobs", "list", "--index", "\(index)", "--stride", "4", "-o", "other", in: folder)
      #expect(result.status == 0, "\(result.errors)")
      #expect(
        result.errors.split(separator: "\n").count == [2, 2, 1, 1, 0][min(index, 4)], "\(result.errors)")
    }
    try collect(from: "other", in: folder)
    try expectSameAsCalm(folder)
  }

  @Test func collectSaysWhatIsMissingAndMakesAPartOfItIfToldSo() throws {
    let folder = try prepared(smallStudy())
    for index in [1, 3] { #expect(try start(index, in: folder).wait().status == 0) }
    let result = try collect(status: 75, in: folder)
    #expect(
      result.errors.contains("0,2,4-5;")
        && result.errors.hasSuffix(
          ": potline job run --jobs jobs/jobs.jsonl -o jobs\n"),
      "\(result.errors)")
    // Of four tasks number 0 has the jobs 0 and 4, number 1 the jobs 1 and 5.
    let tasks = try collect("--tasks", "4", status: 75, in: folder)
    #expect(
      tasks.errors.hasSuffix(": sbatch --array=0-2 jobs.sbatch \(Self.real(folder))\n"),
      "\(tasks.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder / "collected"))
    let partial = try collect("--partial", "--json", status: 75, in: folder)
    let statistics = try JSONSerialization.jsonObject(with: Data(partial.output.utf8)) as? [String: Any]
    let variants = try #require(statistics?["variants"] as? [[String: Any]])
    #expect(variants.map { $0["finished"] as? Int } == [1, 1])
    // The command works as it is printed.
    let command = try #require(result.errors.split(separator: "run them: ").last)
    let rest = try Shell.run(String(command), in: folder)
    #expect(rest.status == 0, "\(rest.output)")
    try collect(in: folder)
    try expectSameAsCalm(folder)
    // Another study's results are not mixed in.
    try folder.write(smallStudy().replacingOccurrences(of: "seed: 7", with: "seed: 8"), to: "other.yaml")
    try Program.run("job", "list", "other.yaml", "-o", "other", in: folder)
    try Program.run("job", "run", "--jobs", "other/jobs.jsonl", "-o", "other", in: folder)
    try collect(from: "other", status: 73, in: folder)
    let wrong = try Program.run("job", "run", "--jobs", "other/jobs.jsonl", "-o", "jobs", in: folder)
    #expect(wrong.status == 73 && wrong.errors.contains("jobs"))
  }

  private static func real(_ folder: TestFolder) -> String {
    URL(fileURLWithPath: folder.path).standardizedFileURL.path
  }

  @Test func failedTrainingsAreResults() throws {
    let folder = try prepared(smallStudy(members: 2, more: "  - {name: wild, learningRate: 1e20}"))
    for expectation in ["", "again"] {
      let wild = try start(4, in: folder).wait()
      #expect(wild.status == 3, "\(expectation)")
      #expect(wild.errors.contains("wild-0"))
    }
    let all = try Program.run("job", "run", "--jobs", "jobs/jobs.jsonl", "-o", "jobs", in: folder)
    #expect(all.status == 3)
    try collect(status: 3, in: folder)
    try expectSameAsCalm(folder)
  }

  @Test(arguments: [
    ("flipped", 3), ("flipped", 300), ("flipped", -500), ("flipped", -1), ("cut", 2000), ("cut", 0),
  ])
  func damagedResultsAreRefusedAndReplaced(how: String, place: Int) throws {
    let folder = try prepared(smallStudy(members: 1))
    try Program.run("job", "run", "--jobs", "jobs/jobs.jsonl", "-o", "jobs", in: folder)
    let name = try #require(files("result", in: folder).sorted().first)
    let url = URL(fileURLWithPath: folder / "jobs/results/\(name)")
    var bytes = try Data(contentsOf: url)
    if how == "cut" {
      bytes = bytes.prefix(place)
    } else {
      bytes[place < 0 ? bytes.count + place : place] ^= 4
    }
    try bytes.write(to: url)
    let refused = try collect(status: 65, in: folder)
    #expect(refused.errors.contains("jobs/results/\(name)"), "\(refused.errors)")
    #expect(refused.errors.contains("1 of 2"))
    #expect(!FileManager.default.fileExists(atPath: folder / "collected"))
    try collect("--partial", status: 75, in: folder)
    let again = try Program.run("job", "run", "--jobs", "jobs/jobs.jsonl", "-o", "jobs", in: folder)
    #expect(again.status == 0)
    #expect(again.errors.contains(name))
    try collect(in: folder)
    try expectSameAsCalm(folder)
  }

  @Test func badLinesAndDataAreRefused() throws {
    let folder = try prepared(smallStudy(members: 1))
    let list = try folder.text("jobs/jobs.jsonl")
    /// The list is refused with an error that names the place if there is one, and nothing is trained.
    func refused(_ text: String, place: String? = nil, _ options: String...) throws {
      try folder.write(text, to: "list")
      let result = try Program.start(
        ["job", "run", "--jobs", "list", "-o", "out"] + options, in: folder
      ).wait()
      #expect(result.status == 65, "\(result.errors)")
      if let place { #expect(result.errors.contains(place)) }
      #expect(files("result", in: folder, under: "out").isEmpty)
    }
    try refused("\n", place: "list")
    try refused("\nnonsense\n", place: "list, line 2")
    try refused(#"{"format":"potline-job-9"}"#, place: "list, line 1")
    try refused(#"{"format":"potline-job-1"}"#, place: "list, line 1")
    try refused(list.replacingOccurrences(of: #""seed":"#, with: #""seed":1"#), place: "list, line 1")
    try refused(list, place: "list", "--index", "2")
    let moved = list.replacingOccurrences(of: #"trajectories: 4"#, with: #"trajectories: 5"#)
    #expect(moved != list)
    try refused(moved)
    let none = try Program.run("collect", "nowhere", "-o", "x", in: folder)
    #expect(none.status == 65 && none.errors.contains("nowhere"))
  }
}
