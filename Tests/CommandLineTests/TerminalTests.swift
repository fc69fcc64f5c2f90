import Foundation
import Testing

/// Terminals of odd sizes, and a stop by the terminal.
@Suite(.serialized, .timeLimit(.minutes(10))) struct TerminalTests {
  @Test(arguments: [(0, 0), (1, 1), (20, 5), (200, 50)])
  func everySizeIsFine(columns: UInt16, rows: UInt16) throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(), to: "study.yaml")
    for words in [
      "--help", "run --help", "help launch slurm", "study reference", "study systems",
      "run study.yaml -o out",
    ] {
      let terminal = try PseudoTerminal(columns: columns, rows: rows)
      let (status, text) = try terminal.run(words.split(separator: " ").map(String.init), in: folder)
      #expect(status == 0 && !text.isEmpty, "\(words): \(text)")
      guard words.hasPrefix("run study"), columns >= 20 else { continue }
      // The bar is redrawn in its line, so it must not be longer.
      for drawing in text.components(separatedBy: "\r\u{1B}[K").dropFirst() {
        #expect(drawing.prefix { $0 != "\r\n" && $0 != "\n" }.count < columns, "\(drawing)")
      }
    }
  }

  @Test func widthOfTheEnvironmentIsNoDanger() throws {
    let folder = try TestFolder()
    for columns in ["1", "0", "-3", "x", "20"] {
      let help = try Program.start(["run", "--help"], environment: ["COLUMNS": columns], in: folder).wait()
      #expect(help.status == 0 && help.output.contains("--processes"), "\(help.errors)")
    }
  }

  @Test func watchOnATinyTerminal() throws {
    let folder = try TestFolder()
    let service = try QueueService(in: folder)
    try folder.write(smallStudy(), to: "study.yaml")
    try service.run("submit", "study.yaml")
    for (columns, rows) in [(0, 0), (20, 5)] as [(UInt16, UInt16)] {
      let terminal = try PseudoTerminal(columns: columns, rows: rows)
      let watch = try terminal.start(
        ["status", "--watch", "--connection", service.connection], in: folder, errors: .nullDevice)
      try waitUntil("it is drawn twice") { terminal.text().components(separatedBy: "potline 0").count > 2 }
      terminal.resize(columns: 30, rows: 8)
      watch.interrupt()
      try waitUntil("it ends") {
        _ = terminal.text()
        return !watch.isRunning
      }
      #expect(watch.terminationStatus == 0)
    }
  }

  /// A run under a shell with job control; `body` gets the run's process and those of its workers once they train.
  private func underAShell(
    _ folder: TestFolder, _ body: (PseudoTerminal, _ run: pid_t, _ workers: [pid_t]) throws -> Void
  ) throws {
    try folder.write(smallStudy(epochs: Pace.epochs(seconds: 3)), to: "study.yaml")
    let terminal = try PseudoTerminal()
    let shell = try terminal.startShell(in: folder)
    defer { kill(shell.processIdentifier, SIGKILL) }
    try terminal.type("potline run study.yaml -o out --processes 2\n")
    // The shell's parent, the shell, the run, the workers.
    var chain: [pid_t] = []
    var workers: [pid_t] = []
    try waitUntil("workers train") {
      _ = terminal.text()
      chain = [shell.processIdentifier]
      for _ in 0..<2 { chain += RunningProgram.children(of: chain[chain.count - 1]).prefix(1) }
      guard chain.count == 3 else { return false }
      workers = RunningProgram.children(of: chain[2])
      return workers.count == 2 && workers.allSatisfy { RunningProgram.processorSeconds($0) > 0.3 }
    }
    try body(terminal, chain[2], workers)
  }

  /// The terminal signals the run's group; its workers have groups of their own, and take no processor time either.
  @Test(.enabled(if: Shell.has("setsid") && Shell.has("bash")))
  func controlZStopsWorkersTooAndTheRunResumes() throws {
    let folder = try TestFolder()
    try underAShell(folder) { terminal, run, workers in
      for _ in 0..<2 {
        try terminal.type("\u{1A}")
        try waitUntil("all are stopped") {
          _ = terminal.text()
          return try ([run] + workers).allSatisfy(Self.isStopped)
        }
        try terminal.type("fg; echo ended:$?\n")
        try waitUntil("all run again") {
          _ = terminal.text()
          return try !([run] + workers).contains(where: Self.isStopped)
        }
      }
      try waitUntil("it ends") { terminal.text().contains("ended:0") }
    }
    try Program.run("run", "study.yaml", "-o", "calm", "--quiet", in: folder)
    #expect(try folder.results("out") == folder.results("calm"))
  }

  @Test(.enabled(if: Shell.has("setsid") && Shell.has("bash")))
  func killedWhileItIsStoppedARunLeavesNoWorkerBehind() throws {
    let folder = try TestFolder()
    try underAShell(folder) { terminal, run, workers in
      try terminal.type("\u{1A}")
      try waitUntil("all are stopped") { try ([run] + workers).allSatisfy(Self.isStopped) }
      kill(run, SIGKILL)
      try waitUntil("the workers have gone") { workers.allSatisfy(RunningProgram.hasGone) }
    }
  }

  /// A client that is stopped for longer than it waits for an answer, while it waits for one.
  @Test(arguments: ["submit study.yaml", "status s1", "results s1 -o fetched"])
  func stoppedAndResumedAClientGetsItsAnswer(words: String) throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(members: 1), to: "study.yaml")
    let service = try QueueService(in: folder)
    let workers = try service.workers("--processes", "1", "--idle-exit", "1")
    try service.run("submit", "study.yaml")
    try service.run("wait", "s1", "--quiet")
    #expect(try workers.wait().status == 0)
    service.coordinator.signal(SIGSTOP)
    let arguments = words.split(separator: " ").map(String.init)
    let client = try Program.start(
      arguments + ["--connection", service.connection, "--timeout", "5"], in: folder)
    try waitUntil("it asks") { try Self.hasSockets(client.pid) }
    client.signal(SIGSTOP)
    // Longer than its patience.
    sleep(6)
    service.coordinator.signal(SIGCONT)
    client.signal(SIGCONT)
    let result = try client.wait()
    #expect(result.status == 0, "\(result.errors)")
    try service.stop()
  }

  private static func hasSockets(_ pid: pid_t) throws -> Bool {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")) ?? []
    return files.contains {
      let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\($0)")
      return target?.hasPrefix("socket:") == true
    }
  }

  /// Without a shell: SIGSTOP reaches the run alone, and its workers train on.
  @Test func stoppedAndResumedARunEndsAsAnyOther() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(epochs: Pace.epochs(seconds: 3)), to: "study.yaml")
    let run = try Program.start(["run", "study.yaml", "-o", "out", "--processes", "2"], in: folder)
    try waitUntil("workers train") { run.areWorkersTraining }
    run.signal(SIGSTOP)
    try waitUntil("it is stopped") { try Self.isStopped(run.pid) }
    // Longer than a worker's silence takes to count.
    usleep(4_000_000)
    run.signal(SIGCONT)
    let result = try run.wait()
    #expect(result.status == 0, "\(result.errors)")
    try Program.run("run", "study.yaml", "-o", "calm", "--quiet", in: folder)
    #expect(try folder.results("out") == folder.results("calm"))
  }

  /// Whether each thread of a process is stopped: the kernel takes a process for stopped with the last one.
  private static func isStopped(_ pid: pid_t) throws -> Bool {
    let threads = try #require(
      try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task"), "process \(pid) has gone")
    return threads.allSatisfy { thread in
      let stat = try? String(contentsOfFile: "/proc/\(pid)/task/\(thread)/stat", encoding: .utf8)
      return stat?.split(separator: ")").last?.split(separator: " ").first == "T"
    }
  }
}
