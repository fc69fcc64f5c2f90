import ArgumentParser
import Benchmarks
import Foundation
import StudyRunning

struct QueueBenchCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "queue",
    abstract: "Measures how fast the queue is.",
    discussion: """
      Needs a release build (swift build --configuration release). A coordinator, workers and a client run as processes \
      on this host, with real sockets and a journal on the disk; what is acknowledged has reached the disk.

      PARTS of --only: throughput (jobs that do nothing, from their submission until all have results), latency (from \
      the assignment of a job to its start, with two workers), registration (1,000 workers at once), memory (of a \
      coordinator with a million queued jobs), restart (with 100,000 finished jobs).
      """)

  @Option(help: "Measure this part only; may be given several times (default: all of them).")
  var only: [QueueBenchmarkPart] = []

  @Option(help: ArgumentHelp("Jobs of a round of throughput.", valueName: "count"))
  var jobs = 20_000

  @Option(help: ArgumentHelp("Workers of throughput, all in one process.", valueName: "count"))
  var workers = 32

  @Option(help: ArgumentHelp("Rounds of throughput.", valueName: "count"))
  var rounds = 5

  @Option(
    help: ArgumentHelp(
      "Folder for the journals, which go when it is done (default: the system's for temporary files).",
      valueName: "folder"))
  var folder: String?

  @Flag(help: "Measure with a tenth of the jobs and workers (default: off).")
  var quick = false

  @Flag(help: "Print the figures as JSON instead of a table (default: table).")
  var json = false

  func validate() throws {
    guard (10...10_000_000).contains(jobs) else { throw ValidationError("--jobs must be 10 to 10000000") }
    guard (1...512).contains(workers) else { throw ValidationError("--workers must be 1 to 512") }
    guard (1...1000).contains(rounds) else { throw ValidationError("--rounds must be 1 to 1000") }
  }

  func perform() throws {
    try MachineBenchCommand.requireOptimisation()
    try OpenFiles.raiseLimit()
    let report: QueueReport
    let benchmark = QueueBenchmark(
      version: Version.current, isQuick: quick, jobs: jobs, workers: workers, rounds: rounds,
      folder: folder ?? FileManager.default.temporaryDirectory.path)
    report = try benchmark.run(only.isEmpty ? QueueBenchmarkPart.allCases : only) { part in
      if Console.isTerminal { Console.note("measuring \(part) ...") }
    }
    if json {
      try Console.json(report)
    } else {
      Console.result(QueueTable.text(report))
    }
  }
}

extension QueueBenchmarkPart: ExpressibleByArgument {}
