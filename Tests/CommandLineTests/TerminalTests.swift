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
      #expect(help.status == 0 && help.output.contains("USAGE"), "\(help.errors)")
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

  /// Ctrl-Z stops the run and not its workers, which have a group of their own; `fg` resumes it. SIGTSTP itself has no
  /// effect on a process without a shell.
  @Test func stoppedAndResumedARunEndsAsAnyOther() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(epochs: Pace.epochs(seconds: 3)), to: "study.yaml")
    let run = try Program.start(["run", "study.yaml", "-o", "out", "--processes", "2"], in: folder)
    try waitUntil("workers train") { run.areWorkersTraining }
    run.signal(SIGSTOP)
    try waitUntil("it is stopped") { try Self.state(run.pid) == "T" }
    // Longer than a worker's silence takes to count.
    usleep(4_000_000)
    run.signal(SIGCONT)
    let result = try run.wait()
    #expect(result.status == 0, "\(result.errors)")
    try Program.run("run", "study.yaml", "-o", "calm", "--quiet", in: folder)
    #expect(try folder.results("out") == folder.results("calm"))
  }

  private static func state(_ pid: pid_t) throws -> Substring? {
    let stat = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
    return stat.split(separator: ")").last?.split(separator: " ").first
  }
}
