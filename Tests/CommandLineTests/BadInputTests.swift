import Foundation
import SnapshotSupport
import Testing

/// What a user can get wrong, and what the program says.
@Suite(.serialized) struct BadInputTests {
  /// Runs a study whose text is `study` and expects exit status 65 and the recorded errors of that name.
  private func refused(_ name: String, _ study: String, prepare: (TestFolder) throws -> Void = { _ in })
    throws
  {
    let folder = try TestFolder()
    try folder.write(study, to: "study.yaml")
    try prepare(folder)
    let result = try Program.run("run", "study.yaml", "-o", "out", in: folder)
    try expect(result, status: 65, errors: name, in: folder)
    #expect(!FileManager.default.fileExists(atPath: folder / "out"), "nothing may be written")
  }

  /// The status, and the errors as recorded under that name; the test's folder and what else differs between runs are
  /// replaced by words.
  private func expect(
    _ result: Program.Result, status: Int32, errors name: String, in folder: TestFolder,
    replacing: [String: String] = [:]
  ) throws {
    #expect(result.status == status, "\(result.errors)")
    var text = result.errors.replacingOccurrences(of: folder.path, with: "FOLDER")
    for (old, new) in replacing { text = text.replacingOccurrences(of: old, with: new) }
    #expect(text == (try Snapshot.recorded("errors_" + name, of: text)))
  }

  @Test func brokenStudyFile() throws {
    try refused("unknown-key", smallStudy().replacingOccurrences(of: "epochs: 3", with: "epoch: 3"))
    try refused("syntax", "name: [")
  }

  @Test func connectionFileInThePlaceOfAnother() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(), to: "study.yaml")
    try folder.write("kept", to: "notes.txt")
    for command in [["run", "study.yaml", "-o", "out"], ["coordinator", "--state", "state"]] {
      let arguments = command + ["--listen", "tcp://127.0.0.1:*", "--connection", "notes.txt"]
      let result = try Program.start(arguments, in: folder).wait(limit: 60)
      try expect(result, status: 73, errors: "not-a-connection-file", in: folder)
      #expect(try folder.text("notes.txt") == "kept")
    }
  }

  @Test func missingStudy() throws {
    let folder = try TestFolder()
    let result = try Program.run("run", "nowhere.yaml", in: folder)
    try expect(result, status: 65, errors: "missing-study", in: folder)
  }

  @Test func impossibleArchitecture() throws {
    try refused("layer-of-no-units", smallStudy().replacingOccurrences(of: "[8, 6]", with: "[8, 0]"))
    try refused(
      "too-many-weights",
      smallStudy().replacingOccurrences(of: "[8, 6]", with: "[4096, 4096, 4096, 4096, 4096]"))
  }

  @Test func moreThanTheDatasetHas() throws {
    try refused(
      "more-than-the-dataset-has", smallStudy(dataset: files()),
      prepare: { folder in
        try writeData(folder)
        try folder.write(
          folder.text("study.yaml").replacingOccurrences(
            of: "hidden:", with: "trainingTrajectories: 4\n  hidden:"),
          to: "study.yaml")
      })
  }

  @Test func windowsBeyondTheTestTrajectories() throws {
    try refused(
      "windows-beyond-the-end", smallStudy(dataset: files(), more: "forecast: {windows: [[500, 600]]}"),
      prepare: { try writeData($0) })
  }

  @Test func emptyOutput() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(), to: "study.yaml")
    let run = try Program.run("run", "study.yaml", "-o", "", in: folder)
    try expect(run, status: 64, errors: "empty-output", in: folder)
    #expect(try Program.run("simulate", "-o", "", in: folder).status == 64)
  }

  @Test func folderWithTheNameOfABundledStudy() throws {
    let folder = try TestFolder()
    try FileManager.default.createDirectory(
      atPath: folder / "quickstart", withIntermediateDirectories: false)
    let result = try Program.run("study", "show", "quickstart", in: folder)
    #expect(result.status == 0)
    #expect(result.output.contains("name: quickstart"))
  }

  @Test func folderInPlaceOfAStudy() throws {
    let folder = try TestFolder()
    let result = try Program.run("run", ".", "-o", "out", in: folder)
    try expect(result, status: 65, errors: "folder-in-place-of-a-study", in: folder)
  }

  @Test func kernelsThatThereAreNot() throws {
    let folder = try TestFolder()
    let result = try Program.start(
      ["job", "run", "-o", "out", "--jobs", "x"], environment: ["POTLINE_KERNELS": "x"], in: folder
    ).wait()
    // Which kernels this processor can run is said after the colon.
    #expect(result.status == 65 && result.errors.contains("POTLINE_KERNELS=x"), "\(result.errors)")
  }

  @Test(arguments: [
    ["coordinator", "--state", "file/x"],
    ["simulate", "-o", "file/x", "--trajectories", "1", "--steps", "10"],
  ])
  func foldersThatCannotBeMade(arguments: [String]) throws {
    let folder = try TestFolder()
    try folder.write("", to: "file")
    let result = try Program.start(arguments, in: folder).wait()
    try expect(result, status: 73, errors: "folder-that-cannot-be-made-\(arguments[0])", in: folder)
  }

  @Test func trajectoriesOfAnotherSimulation() throws {
    let folder = try TestFolder()
    func simulate(_ count: String, _ seed: String) throws -> Program.Result {
      try Program.run(
        "simulate", "-o", "data", "--trajectories", count, "--steps", "10", "--seed", seed, in: folder)
    }
    #expect(try simulate("3", "1").status == 0)
    let before = try folder.text("data/train/trajectory-0.csv")
    let fewer = try simulate("2", "2")
    try expect(fewer, status: 73, errors: "trajectories-of-another-simulation", in: folder)
    #expect(try folder.text("data/train/trajectory-0.csv") == before)
    #expect(try simulate("11", "2").status == 73, "these have two digits")
    #expect(try simulate("3", "2").status == 0)
    #expect(try folder.text("data/train/trajectory-0.csv") != before)
  }

  @Test func tokenOfTheStatusPageThatOthersMayRead() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(), to: "study.yaml")
    try folder.write("0123456789abcdef", to: "token")
    chmod(folder / "token", 0o644)
    let result = try Program.run(
      "run", "study.yaml", "-o", "out", "--status", "127.0.0.1:0", "--status-token-file", "token", in: folder)
    try expect(result, status: 65, errors: "token-that-others-may-read", in: folder)
  }

  @Test func missingDataset() throws {
    try refused("missing-dataset", smallStudy(dataset: files()))
  }

  /// Each fault is named with its file, line and column.
  @Test(arguments: [
    ("missing-column", "a,b,u", "a,c,u"), ("word", "\n2.0,", "\nlots,"), ("not-finite", "\n2.0,", "\ninf,"),
    ("more-fields", "\n2.0,", "\n2.0,1,"),
  ])
  func damagedDataset(name: String, old: String, new: String) throws {
    try refused("dataset-\(name)", smallStudy(dataset: files())) { folder in
      try writeData(folder)
      let text = try folder.text("train/1.csv")
      try #require(text.contains(old))
      try folder.write(text.replacingOccurrences(of: old, with: new), to: "train/1.csv")
    }
  }

  @Test func constantStateAndTooFewRows() throws {
    try refused("dataset-constant-rate", smallStudy(dataset: files()), prepare: { try writeData($0) })
    try refused("dataset-one-row", smallStudy(dataset: files())) { folder in
      try writeData(folder)
      try folder.write("a,b,u\n1,2,3\n", to: "train/1.csv")
    }
    try refused("dataset-no-rows", smallStudy(dataset: files())) { folder in
      try writeData(folder)
      try folder.write("a,b,u\n", to: "train/1.csv")
    }
  }

  @Test func folderOfAnotherStudy() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(), to: "study.yaml")
    try Program.run("run", "study.yaml", "-o", "out", in: folder)
    let before = try folder.results("out")
    let other = try Program.run("run", "study.yaml", "-o", "out", "--seed", "99", in: folder)
    try expect(other, status: 73, errors: "folder-of-another-study", in: folder)
    #expect(try folder.results("out") == before)
    #expect(try folder.text("out/study.yaml").contains("seed: 7"))
  }

  @Test func folderInUse() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(epochs: 3000), to: "study.yaml")
    let run = try Program.start(["run", "study.yaml", "-o", "out", "--processes", "1"], in: folder)
    try waitUntil("it has workers") { !run.workers.isEmpty }
    let second = try Program.run("run", "study.yaml", "-o", "out", in: folder)
    run.signal(SIGINT)
    _ = try run.wait()
    try expect(
      second, status: 73, errors: "folder-in-use", in: folder,
      replacing: ["process \(run.pid)": "process PID"])
  }

  @Test func folderThatCannotBeMade() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(), to: "study.yaml")
    try folder.write("", to: "file")
    let result = try Program.run("run", "study.yaml", "-o", "file/out", in: folder)
    try expect(result, status: 73, errors: "folder-that-cannot-be-made-run", in: folder)
  }

  @Test func damagedJournal() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(), to: "study.yaml")
    try Program.run("run", "study.yaml", "-o", "out", in: folder)
    try folder.write(
      "this is no database, and long enough to look like one to whoever opens it",
      to: "out/journal/journal.sqlite")
    let result = try Program.run("run", "study.yaml", "-o", "out", in: folder)
    try expect(result, status: 65, errors: "damaged-journal", in: folder)
  }

  /// On a file system of its own, which root may mount; the run goes on when there is room.
  @Test(.enabled(if: getuid() == 0, "mounting needs root"), arguments: [256, 12_000])
  func fullDisk(kilobytes: Int) throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(epochs: 200, members: 400), to: "study.yaml")
    try FileManager.default.createDirectory(atPath: folder / "disk", withIntermediateDirectories: true)
    try #require(mount("tmpfs", folder / "disk", "tmpfs", 0, "size=\(kilobytes)k") == 0)
    defer { umount2(folder / "disk", Int32(MNT_DETACH)) }
    // What fills the disk beside the study: then some members find room, and some don't.
    let run = try Program.start(["run", "study.yaml", "-o", "disk/out"], in: folder)
    if kilobytes > 1000 {
      try waitUntil("members are finished") { try finishedJobs(folder / "disk/out") >= 3 }
      try fill(folder / "disk/filler")
    }
    let full = try run.wait()
    #expect(full.status == 73, "\(full.errors)")
    #expect(full.errors.contains("disk/out"), "\(full.errors)")
    #expect(run.workers.isEmpty)
    guard kilobytes > 1000 else { return }
    let finished = try finishedJobs(folder / "disk/out")
    #expect(finished >= 3)
    try FileManager.default.removeItem(atPath: folder / "disk/filler")
    try #require(mount("tmpfs", folder / "disk", "tmpfs", UInt(MS_REMOUNT), "size=200000k") == 0)
    let on = try Program.start(["run", "study.yaml", "-o", "disk/out"], in: folder)
    try waitUntil("it goes on") { try finishedJobs(folder / "disk/out") > finished }
    on.signal(SIGINT)
    #expect(try on.wait().status == 130)
  }

  /// Writes until there is no room left.
  private func fill(_ path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT, 0o644)
    try #require(file >= 0)
    defer { close(file) }
    let bytes = [UInt8](repeating: 1, count: 4096)
    while write(file, bytes, bytes.count) > 0 {}
  }

  private func files() -> String {
    """
      files: {train: [train/*.csv], test: [test/*.csv], states: [a, b], inputs: [u], samplingTime: 1}
    """
  }

  /// The state a changes at a constant rate.
  private func writeData(_ folder: TestFolder) throws {
    for (name, shift) in [("train/1", 0.0), ("train/2", 0.5), ("test/1", 0.25)] {
      try FileManager.default.createDirectory(
        atPath: (folder / name as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      let rows = (0..<200).map {
        "\(Double($0) + shift),\(Double($0 * $0 % 11) + shift),\(Double($0 * $0 % 7))"
      }
      try folder.write((["a,b,u"] + rows.map { $0 }).joined(separator: "\n") + "\n", to: "\(name).csv")
    }
  }
}
