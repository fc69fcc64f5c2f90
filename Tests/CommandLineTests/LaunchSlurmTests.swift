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
    #expect(result.output.split(separator: ":").first?.contains("41") == true)
    #expect(FileManager.default.fileExists(atPath: folder / "out/jobs/jobs.jsonl") == (mode == "array"))
    for line in expected {
      let script = try #require(line.split(separator: " ").first { $0.hasSuffix(".sbatch") })
      #expect(FileManager.default.fileExists(atPath: String(script)))
    }
  }

  /// From within a job, with settings for interactive use: the new job gets none of them but what the user names.
  @Test func environmentOfASurroundingJobIsNotPassedOn() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(), to: "study.yaml")
    try folder.writeProgram(
      "#!/bin/sh\nenv | grep '^S[A-Z]*_' | sort >>environment\necho 17", to: "bin/sbatch")
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let variables = [
      "SLURM_JOB_ID": "3", "SLURM_NTASKS": "7", "SLURM_CPU_BIND": "mask_cpu:0x1",
      "SLURM_MEM_PER_NODE": "9000",
      "SBATCH_PARTITION": "other", "SBATCH_ACCOUNT": "mine", "SRUN_DEBUG": "3", "SQUEUE_FORMAT": "%i",
      "SINFO_FORMAT": "%n", "SACCT_FORMAT": "jobid", "SCANCEL_INTERACTIVE": "1",
      "SLURM_TIME_FORMAT": "relative",
      "SLURM_CONF": "/etc/slurm/slurm.conf", "SLURM_JWT": "t", "SOME_OTHER": "1",
    ]
    let result = try Program.start(
      ["launch", "slurm", "study.yaml", "-o", "out", "--keep-variable", "SBATCH_ACCOUNT"],
      environment: variables.merging(["PATH": "\(folder / "bin"):\(path)"]) { $1 }, in: folder
    ).wait()
    #expect(result.status == 0, "\(result.errors)")
    let own = ProcessInfo.processInfo.environment.keys.filter { $0.wholeMatch(of: /S[A-Z]*_.*/) != nil }
    let passed = try folder.text("environment").split(separator: "\n").filter { line in
      !own.contains { line.hasPrefix($0 + "=") }
    }
    #expect(
      passed == ["SBATCH_ACCOUNT=mine", "SLURM_CONF=/etc/slurm/slurm.conf", "SLURM_JWT=t", "SOME_OTHER=1"])
    #expect(result.errors.contains("SBATCH_PARTITION, SRUN_DEBUG"), "\(result.errors)")
    #expect(!result.errors.contains("SBATCH_ACCOUNT"))
  }

  /// What the scripts themselves ask Slurm isn't changed either, also if they are submitted by hand.
  @Test func scriptsRemoveSettingsForInteractiveUse() throws {
    let folder = try TestFolder()
    for mode in ["one", "elastic", "array"] {
      let scripts = try Program.run("launch", "slurm", "--mode", mode, "--print", in: folder).output
      for script in scripts.components(separatedBy: "#!/usr/bin/env bash\n").dropFirst() {
        let lines = script.split(separator: "\n")
        let start = try #require(lines.firstIndex { $0.hasPrefix("unset ") })
        try folder.write(lines[start...(start + 1)].joined(separator: "\n") + "\nenv", to: "head")
        let result = try Shell.run(
          "SQUEUE_FORMAT=%i SQUEUE_STATES=all SCANCEL_VERBOSE=1 SLURM_CPU_BIND=none SLURM_CPU_BIND_LIST=0 "
            + "SLURM_TIME_FORMAT=relative SLURM_CLUSTERS=other SLURM_JOB_ID=5 bash -u head", in: folder)
        #expect(result.status == 0)
        let variables = result.output.split(separator: "\n").filter { $0.hasPrefix("S") && $0.contains("_") }
        #expect(Set(variables).isSuperset(of: ["SLURM_TIME_FORMAT=standard", "SLURM_JOB_ID=5"]))
        #expect(
          !variables.contains {
            $0.hasPrefix("SQUEUE_") || $0.hasPrefix("SCANCEL_") || $0.contains("CPU_BIND")
          })
        #expect(!variables.contains { $0.hasPrefix("SLURM_CLUSTERS") })
      }
    }
  }

  /// A cluster with arrays of at most four tasks: each runs more jobs.
  @Test(arguments: ["array", "elastic"])
  func tasksBeyondTheClustersArrays(mode: String) throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(), to: "study.yaml")
    try folder.writeProgram("#!/bin/sh\necho \"$*\" >>calls\necho 17", to: "bin/sbatch")
    try folder.writeProgram(
      "#!/bin/sh\n[ \"$*\" = 'show config' ] && printf 'MaxArraySize            = 4\\nMaxBatchRequeue = 5\\n'",
      to: "bin/scontrol")
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let result = try Program.start(
      ["launch", "slurm", "study.yaml", "-o", "out", "--mode", mode, "--tasks", "6"],
      environment: ["PATH": "\(folder / "bin"):\(path)"], in: folder
    ).wait()
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("4") && result.errors.contains("6"))
    let script = try folder.text("out/slurm/\(mode == "array" ? "jobs" : "workers").sbatch")
    #expect(script.contains("#SBATCH --array=0-3\n"))
    guard mode == "array" else { return }
    #expect(try folder.text("calls").contains(" --array=0-3 "))
    #expect(script.contains("--stride 4"))
    #expect(try folder.text("out/slurm/collect.sbatch").contains("--tasks 4"))
    // What it prints about missing jobs can be submitted as it stands.
    try Program.run(
      "job", "run", "--jobs", "out/jobs/jobs.jsonl", "--index", "0", "-o", "out/jobs", in: folder)
    let collect = try Program.run("collect", "out/jobs", "-o", "out", "--tasks", "4", in: folder)
    #expect(collect.status == 75)
    let command = try #require(collect.errors.split(separator: "run them: ").last)
    let submitted = try Shell.run("PATH=bin:$PATH; \(command)", in: folder)
    #expect(submitted.status == 0 && submitted.output == "17\n", "\(submitted.output)")
    let out = URL(fileURLWithPath: folder.path).standardizedFileURL.path + "/out"
    #expect(try folder.text("calls").hasSuffix("--array=0-3 \(out)/slurm/jobs.sbatch \(out)\n"))
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
    #expect(result.output.contains("17") == (status == 0))
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
