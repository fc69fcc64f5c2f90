import ArgumentParser
import Benchmarks
import SparseNetworks
import StudyRunning

/// Measurements in a process of their own, for `potline bench` and scripts/compare-peers.
struct BenchProcessCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-process", abstract: "Measures in a process of its own.", shouldDisplay: false,
    subcommands: [Train.self, Simulate.self, Finish.self, Memory.self, QueueWorkers.self, QueueJobs.self])

  struct Train: ReportingCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "For each line of standard input, a number of seconds, trains so long and prints STEPS SECONDS.")

    func perform() throws {
      try TrainingLoop(kernels: try Kernels.selected()).serve()
    }
  }

  struct Simulate: ReportingCommand {
    static let configuration = CommandConfiguration(
      abstract: "As train, on simulations.")

    @Argument(help: "lags or states.")
    var network: String

    @Argument(help: "Windows of a step.")
    var windows: Int

    func perform() throws {
      try TrainingLoop(simulation: network, windows: windows, kernels: try Kernels.selected()).serve()
    }
  }

  struct Finish: ReportingCommand {
    static let configuration = CommandConfiguration(
      abstract: "As train, iterations of Levenberg-Marquardt.")

    @Argument(help: "record-160, record-40, windows-87, windows-32 or cell.")
    var problem: String

    func perform() throws {
      try TrainingLoop(finish: problem, kernels: try Kernels.selected()).serve()
    }
  }

  struct Memory: ReportingCommand {
    static let configuration = CommandConfiguration(
      abstract: "Trains one epoch and prints PEAK-RESIDENT-BYTES ANONYMOUS-BYTES.")

    @Argument(help: "A dataset's file.")
    var dataset: String

    func perform() throws {
      Console.result(try MemoryBenchmark.train(dataset: dataset, kernels: try Kernels.selected()))
    }
  }

  struct QueueWorkers: ReportingCommand {
    static let configuration = CommandConfiguration(
      commandName: "queue-workers", abstract: "Is many workers, until standard input ends.")

    @Argument(help: "The coordinator's address.")
    var address: String

    @Argument(help: "The number of workers.")
    var count: Int

    func perform() throws {
      try OpenFiles.raiseLimit()
      try EmptyJobWorkers.serve(address: address, count: count)
    }
  }

  struct QueueJobs: ReportingCommand {
    static let configuration = CommandConfiguration(
      commandName: "queue-jobs",
      abstract:
        "Runs the number of empty jobs in each line of standard input and prints JOBS SECONDS.")

    @Argument(help: "The number of workers, all in one process beside the coordinator's.")
    var workers: Int

    @Argument(help: "The folder for the journal.")
    var folder: String

    func perform() throws {
      try EmptyJobQueue(workers: workers, in: folder).serve()
    }
  }
}
