import Foundation
import Testing

/// What `potline launch slurm` prints and hands to sbatch. Slurm itself runs it in scripts/slurm-lab.
@Suite struct LaunchSlurmTests {
  /// The scripts in the repository are those that the program makes.
  @Test(arguments: [
    ("one", ["study"]), ("elastic", ["coordinator", "workers"]), ("array", ["jobs", "collect"]),
  ])
  func filesOfTheRepositoryAreWhatIsPrinted(mode: String, names: [String]) throws {
    let folder = try TestFolder()
    let result = try Program.run("launch", "slurm", "--mode", mode, "--print", in: folder)
    #expect(result.status == 0)
    let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../..")
    let texts = try names.map { name in
      let url = repository.appending(path: "cluster/slurm/\(name).sbatch")
      return try String(contentsOf: url, encoding: .utf8)
    }
    #expect(result.output == texts.joined(separator: "\n"))
  }

  @Test(arguments: ["one", "elastic", "array"])
  func scriptsAreValidShell(mode: String) throws {
    let folder = try TestFolder()
    let result = try Program.run(
      "launch", "slurm", "--mode", mode, "--print", "--interface", "ib0", "--prologue", "module load x",
      in: folder)
    for (index, text) in result.output.components(separatedBy: "#!/usr/bin/env bash\n").dropFirst()
      .enumerated()
    {
      try folder.write(text, to: "\(index)")
      let bash = try Shell.run("bash -n \(index)", in: folder)
      #expect(bash.status == 0, "\(bash.output)")
      #expect(text.contains("\nmodule load x\n"))
    }
  }

  /// With an sbatch that only says what it was given.
  @Test(arguments: ["one", "elastic", "array"])
  func whatSbatchIsGiven(mode: String) throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(), to: "study.yaml")
    try folder.writeProgram(
      """
      #!/bin/sh
      echo "$POTLINE" >>calls.program
      echo "$*" >>calls
      echo "$((40 + $(wc -l <calls)));cluster"
      """, to: "bin/sbatch")
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let result = try Program.start(
      ["launch", "slurm", "study.yaml", "-o", "out", "--mode", mode],
      environment: ["PATH": "\(folder / "bin"):\(path)"], in: folder
    ).wait()
    #expect(result.status == 0, "\(result.errors)")
    let out = URL(fileURLWithPath: folder.path).resolvingSymlinksInPath().path + "/out"
    func call(_ name: String, _ log: String, _ options: String, _ arguments: String) -> String {
      "--parsable --job-name=small-\(name) --output=\(out)/slurm/%x-\(log).log\(options) \(out)/slurm/\(name).sbatch \(arguments)"
    }
    let study = out.dropLast(3) + "study.yaml"
    let expected =
      switch mode {
      case "one": [call("study", "%j", "", "\(study) \(out)")]
      case "elastic":
        [
          call("coordinator", "%j", "", "\(study) \(out)"),
          call("workers", "%A_%a", " --dependency=after:41", "\(out)"),
        ]
      default:
        [
          call("jobs", "%A_%a", " --array=0-5", "\(out)"),
          call("collect", "%j", " --dependency=afterany:41", "\(out)"),
        ]
      }
    #expect(try folder.text("calls") == expected.joined(separator: "\n") + "\n")
    #expect(try Set(folder.text("calls.program").split(separator: "\n")) == [Substring(Program.path)])
    #expect(result.output.hasPrefix("job 41: "))
    #expect(FileManager.default.fileExists(atPath: folder / "out/jobs/jobs.jsonl") == (mode == "array"))
    for line in expected {
      let script = try #require(line.split(separator: " ").first { $0.hasSuffix(".sbatch") })
      #expect(FileManager.default.fileExists(atPath: String(script)))
    }
  }

  /// An sbatch that writes far more to standard error than a pipe holds, before and after its answer.
  @Test(.timeLimit(.minutes(1)), arguments: [0, 1])
  func talkativeSbatch(status: Int) throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(), to: "study.yaml")
    try folder.writeProgram(
      """
      #!/bin/sh
      head -c 1000000 /dev/zero | tr '\\0' x >&2
      echo 17
      head -c 1000000 /dev/zero | tr '\\0' y >&2
      echo "last words" >&2
      exit \(status)
      """, to: "bin/sbatch")
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let result = try Program.start(
      ["launch", "slurm", "study.yaml", "-o", "out"], environment: ["PATH": "\(folder / "bin"):\(path)"],
      in: folder
    ).wait()
    #expect(result.status == (status == 0 ? 0 : 69))
    #expect(result.output.hasPrefix("job 17: ") == (status == 0))
    // Of a refusal the end is shown.
    #expect(result.errors.contains("last words") == (status != 0))
    #expect(result.errors.utf8.count < 10_000)
  }

  /// A job that depends on one that was refused is not submitted, and the one before it is named.
  @Test func secondScriptRefused() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(), to: "study.yaml")
    try folder.writeProgram(
      """
      #!/bin/sh
      echo "$*" >>calls
      [ $(wc -l <calls) -eq 1 ] && echo 23
      """, to: "bin/sbatch")
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let result = try Program.start(
      ["launch", "slurm", "study.yaml", "-o", "out", "--mode", "elastic"],
      environment: ["PATH": "\(folder / "bin"):\(path)"], in: folder
    ).wait()
    #expect(result.status == 69)
    #expect(result.output.isEmpty)
    #expect(result.errors.contains("scancel 23"), "\(result.errors)")
  }

  /// The option's name of earlier versions.
  @Test func oldNameOfMode() throws {
    let folder = try TestFolder()
    let old = try Program.run("launch", "slurm", "--way", "array", "--print", in: folder)
    let new = try Program.run("launch", "slurm", "--mode", "array", "--print", in: folder)
    #expect(old.status == 0)
    #expect(old.output == new.output)
    #expect(old.errors.contains("--mode"))
    #expect(new.errors.isEmpty)
    let both = try Program.run("launch", "slurm", "--mode", "one", "--way", "one", "--print", in: folder)
    #expect(both.status == 64)
  }

  @Test func withoutSlurmItSaysSo() throws {
    let folder = try TestFolder()
    let result = try Program.start(
      ["launch", "slurm", "quickstart"], environment: ["PATH": folder.path], in: folder
    ).wait()
    #expect(result.status == 69)
    #expect(result.errors.contains("sbatch"), "\(result.errors)")
    let bad = try Program.run("launch", "slurm", "nothing", in: folder)
    #expect(bad.status == 65)
  }
}

extension TestFolder {
  /// Writes an executable file into a folder of this one.
  func writeProgram(_ text: String, to name: String) throws {
    let path = self / name
    try FileManager.default.createDirectory(
      atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
    try write(text + "\n", to: name)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
  }
}

/// A line of shell, in which `potline` is the built program.
enum Shell {
  static func run(_ line: String, in folder: TestFolder) throws -> (status: Int32, output: String) {
    let pipe = Pipe()
    let process = try start(line, in: folder, output: pipe)
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, output)
  }

  /// Starts it; what it prints goes to `output`.
  static func start(_ line: String, in folder: TestFolder, output: Any = FileHandle.nullDevice) throws
    -> Process
  {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", line]
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    let binaries = URL(fileURLWithPath: Program.path).deletingLastPathComponent().path
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    process.environment = ProcessInfo.processInfo.environment.merging(["PATH": "\(binaries):\(path)"]) { $1 }
    (process.standardOutput, process.standardError, process.standardInput) = (
      output, output, FileHandle.nullDevice
    )
    try process.run()
    return process
  }

  static func has(_ program: String) -> Bool {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
    }
  }
}
