import ArgumentParser
import EnsembleStudies
import Files
import Foundation
import QueueWorker
import SparseNetworks
import StudyRunning

struct JobRunCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Trains the members of listed jobs, on one core, and leaves their results in a folder.",
    discussion: """
      Reads jobs, one a line as `potline job list` writes them, and writes FOLDER/results/ID.potline-result for each, \
      atomically. Jobs that have a result are skipped. Without --index the command runs all jobs, one after another; \
      `--index N --stride M` runs the jobs N, N+M, N+2M and so on, the share of one of M processes.

      On SIGTERM, SIGINT or --time-limit the command leaves a checkpoint beside the result within 3 s and exits with 75: \
      run it again, on any host, to resume. After kill -9 it resumes from the last checkpoint (--checkpoint-interval). \
      The result is the same to the bit. Several processes may share the folder, even for the same job.

      EXIT STATUS: 0 all jobs have a member, 3 a training failed and its result says so, 64 wrong options, 65 a job or \
      dataset can't be used, 73 the folder can't be written or belongs to another study, 75 jobs are left: run it again.
      """)

  @Option(
    help: ArgumentHelp("File of jobs, one a line (default: standard input).", valueName: "file"))
  var jobs: String?

  @Option(
    help: ArgumentHelp("Number of the job to run, from 0 (default: all jobs).", valueName: "number"))
  var index: Int?

  @Option(
    help: ArgumentHelp(
      "With --index: run every count-th job from there (default: that one job).", valueName: "count"))
  var stride: Int?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Folder for results and checkpoints (required).", valueName: "folder"))
  var output: String

  @Option(
    help: ArgumentHelp(
      "Folder for datasets; many processes may share it (default: datasets in the output folder).",
      valueName: "folder"))
  var datasets: String?

  @Option(help: ArgumentHelp("Seconds between checkpoints.", valueName: "seconds"))
  var checkpointInterval = 30.0

  @Option(
    help: ArgumentHelp(
      "Stop with a checkpoint before this time has passed; begin no job shortly before (default: no limit).",
      valueName: "seconds"))
  var timeLimit: Double?

  @Flag(help: "Print nothing but errors (default: off).")
  var quiet = false

  func validate() throws {
    if output.isEmpty { throw ValidationError("--output needs the name of a folder") }
    if let index, index < 0 { throw ValidationError("--index must be at least 0") }
    if let stride, stride < 1 { throw ValidationError("--stride must be at least 1") }
    if stride != nil, index == nil { throw ValidationError("--stride goes with --index") }
    for (name, value) in [("--checkpoint-interval", checkpointInterval), ("--time-limit", timeLimit ?? 1)] {
      guard value > 0, value <= 1e9 else {
        throw ValidationError("\(name) must be more than 0 and at most 1000000000 seconds")
      }
    }
  }

  func perform() throws {
    // A signal that comes before the first step counts, too.
    let signals = try SignalWatcher()
    var configuration = JobBatch.Configuration(
      folder: output, datasets: datasets ?? output + "/datasets", kernels: try Kernels.selected())
    configuration.checkpointInterval = .milliseconds(Int64(checkpointInterval * 1000))
    configuration.timeLimit = timeLimit.map { .milliseconds(Int64($0 * 1000)) }
    let lines = try readLines()
    let batch = JobBatch(
      lines, indices: try indices(of: lines), configuration, events: StudyPrinter(isQuiet: quiet).show)
    let status: ExitStatus
    do {
      let end = try StoppableRun().run(signals: signals) { stop in try batch.run(shouldStop: stop) }
      status =
        switch end {
        case .finished: .done
        case .someFailed: .membersFailed
        case .jobsLeft, nil: .jobsLeft
        }
    } catch {
      Console.error("\(error)")
      status = ExitStatus(of: error)
    }
    // A job that doesn't stop may still run on its thread; the process ends all the same.
    Console.exit(status.rawValue)
  }

  private func readLines() throws -> JobLines {
    if let jobs { return JobLines(try FileContent.all(of: jobs), source: jobs) }
    guard isatty(STDIN_FILENO) == 0 else {
      throw CommandError(
        .usage, "no jobs: use --jobs FILE, or give lines of `potline job list` on standard input")
    }
    return JobLines([UInt8](FileHandle.standardInput.readDataToEndOfFile()), source: "standard input")
  }

  private func indices(of lines: JobLines) throws -> [Int] {
    guard lines.count > 0 else {
      throw CommandError(.badInput, "\(lines.source): there is no job in it")
    }
    guard let index else { return Array(0..<lines.count) }
    // Of more processes than jobs some have nothing to do.
    if let stride { return Array(Swift.stride(from: index, to: lines.count, by: stride)) }
    guard index < lines.count else {
      throw CommandError(
        .badInput, "\(lines.source) has the jobs 0 to \(lines.count - 1): there is no job \(index)")
    }
    return [index]
  }
}
