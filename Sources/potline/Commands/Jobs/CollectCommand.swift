import ArgumentParser
import ClusterLaunch
import Foundation
import StudyRunning
import TextFormatting

struct CollectCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect",
    abstract: "Makes the results of a study of what its jobs left in a folder.",
    discussion: """
      Writes what `potline run` would have written, to the byte: study.yaml, members/*.safetensors, members.csv, \
      statistics.json, ensembles.json, and the dataset. If jobs have no result yet it writes nothing, unless with --partial, and prints \
      the command that runs them. Damaged results are refused: that command replaces them.

      EXIT STATUS: 0 done, 3 done but some members failed, 65 damaged results or not a folder of jobs, 73 the output can't \
      be written or is another study's, 75 jobs have no result yet.
      """)

  @Argument(help: ArgumentHelp("The folder that `potline job run -o` wrote to.", valueName: "folder"))
  var folder: String

  @Option(name: .shortAndLong, help: ArgumentHelp("Output folder (required).", valueName: "folder"))
  var output: String

  @Option(
    help: ArgumentHelp(
      "List of jobs to take the study from (default: study.json in the folder).", valueName: "file"))
  var jobs: String?

  @Option(
    help: ArgumentHelp(
      "The number of tasks of the Slurm array that ran the jobs, as jobs.sbatch has it: the command submits tasks again "
        + "(default: a command that runs the jobs here).",
      valueName: "count"))
  var tasks: Int?

  @Flag(
    help: "Make statistics of the results that are there, and leave out damaged ones (default: all or none).")
  var partial = false

  @Flag(help: "Print the statistics as JSON instead of a table (default: table).")
  var json = false

  @Flag(help: "Print nothing but errors (default: off).")
  var quiet = false

  func validate() throws {
    if output.isEmpty { throw ValidationError("--output needs the name of a folder") }
    if let tasks, !(1...1_000_000).contains(tasks) { throw ValidationError("--tasks must be 1 to 1000000") }
    if folder.isEmpty { throw ValidationError("give the folder that `potline job run -o` wrote to") }
  }

  func perform() throws {
    let collection = try JobCollection(folder: folder, list: jobs)
    report(collection)
    if !partial {
      if !collection.damaged.isEmpty { throw ExitStatus.badInput.code }
      if !collection.missing.isEmpty { throw ExitStatus.jobsLeft.code }
    }
    let printer = StudyPrinter(isQuiet: quiet)
    let statistics = try collection.write(to: output, printer.show)
    try printer.show(statistics, writtenTo: output, asJSON: json)
    if !collection.isComplete { throw ExitStatus.jobsLeft.code }
    try StudyPrinter.checkMembers(statistics)
  }

  private func report(_ collection: JobCollection) {
    let (missing, damaged, count) = (collection.missing, collection.damaged, collection.jobCount)
    for (_, problem) in damaged { Console.error("damaged result: \(problem)") }
    func say(_ numbers: [Int], _ problem: String) {
      guard !numbers.isEmpty else { return }
      let text = "\(numbers.count) of \(count) jobs \(problem): \(JobCollection.ranges(numbers))"
      Console.error(text + "; run them: " + command(for: numbers))
    }
    say(damaged.map(\.index), "have damaged results")
    say(missing, "have no result yet")
  }

  /// A command that runs jobs, as the shell takes it: those that have a result cost nothing.
  private func command(for numbers: [Int]) -> String {
    let words: [String]
    if let tasks {
      // Task N runs the jobs N, N + tasks and so on.
      let ranges = JobCollection.ranges(Set(numbers.map { $0 % tasks }).sorted())
      let parent = URL(fileURLWithPath: folder).deletingLastPathComponent().path
      let script = "\(parent)/slurm/jobs.sbatch"
      words = Slurm().resubmission(
        ofTasks: ranges,
        script: FileManager.default.fileExists(atPath: script) ? script : "jobs.sbatch", arguments: [parent])
    } else {
      let list = jobs ?? "\(folder)/jobs.jsonl"
      guard FileManager.default.fileExists(atPath: list) else {
        return
          "potline job list STUDY | potline job run -o \(ShellWord.of(folder)), STUDY being the study's file"
      }
      words = ["potline", "job", "run", "--jobs", list, "-o", folder]
    }
    return words.map(ShellWord.of).joined(separator: " ")
  }
}
