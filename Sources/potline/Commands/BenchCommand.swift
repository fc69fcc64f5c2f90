import ArgumentParser
import Benchmarks
import SparseNetworks
import StudyRunning

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures how fast this machine trains and forecasts, or how fast the queue is.",
    subcommands: [MachineBenchCommand.self, QueueBenchCommand.self],
    defaultSubcommand: MachineBenchCommand.self)
}

struct MachineBenchCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "machine",
    abstract: "Measures how fast this machine trains and forecasts.",
    discussion: """
      Needs a release build (swift build --configuration release). Things that are compared are measured in turn in \
      blocks of about 10 ms; times are medians (and the best), ratios are medians over neighbouring blocks. "At best" is the best time against \
      the best peak: what counts where others use the machine, too.

      SECTIONS of --only: peak (multiply-adds of one core, GFLOP/s), training (µs of a whole step, share of the peak), \
      simulation (the same on simulations over a horizon), forward (pruned networks against dense ones), forecasts \
      (seconds for 100 trajectories x 5,000 steps), memory (MB of a process that trains), processes (two against one).
      """)

  @Option(help: "Measure this section only; may be given several times (default: all of them).")
  var only: [BenchmarkSection] = []

  @Flag(help: "Measure for less than 20 s in all instead of less than 2 min (default: off).")
  var quick = false

  @Flag(help: "Print the figures as JSON instead of tables (default: tables).")
  var json = false

  #if DEBUG
    private static let isOptimised = false
  #else
    private static let isOptimised = true
  #endif

  /// Refuses a debug build.
  static func requireOptimisation() throws {
    guard isOptimised else {
      throw CommandError(
        .usage,
        "this is a debug build, whose figures mean nothing: build it with `swift build --configuration release`"
      )
    }
  }

  func perform() throws {
    try Self.requireOptimisation()
    let benchmark = Benchmark(
      kernels: try Kernels.selected(), version: Version.current, isQuick: quick,
      trainingCommand: ["bench-process", "train"], memoryCommand: ["bench-process", "memory"])
    let report = try benchmark.run(only.isEmpty ? BenchmarkSection.allCases : only) { section in
      if Console.isTerminal { Console.note("measuring \(section) ...") }
    }
    if json {
      try Console.json(report)
    } else {
      Console.result(BenchmarkTable.text(report, width: max(Console.width, 110)))
    }
  }
}

extension BenchmarkSection: ExpressibleByArgument {}
