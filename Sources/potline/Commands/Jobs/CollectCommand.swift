import ArgumentParser
import StudyRunning

struct CollectCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect",
    abstract: "Makes the results of a study of what its jobs left in a folder.",
    discussion: """
      Writes what `potline run` would have written, to the byte: study.yaml, members/*.safetensors, members.csv, \
      statistics.json, and the dataset. If jobs have no result yet it writes nothing, unless with --partial, and names \
      them as `sbatch --array` takes them. Damaged results are refused: `potline job run` replaces them.

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

  @Flag(
    help: "Make statistics of the results that are there, and leave out damaged ones (default: all or none).")
  var partial = false

  @Flag(help: "Print the statistics as JSON instead of a table (default: table).")
  var json = false

  @Flag(help: "Print nothing but errors (default: off).")
  var quiet = false

  func validate() throws {
    if output.isEmpty { throw ValidationError("--output needs the name of a folder") }
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
    if !damaged.isEmpty {
      let ranges = JobCollection.ranges(damaged.map(\.index))
      Console.error(
        "\(damaged.count) of \(count) results are damaged; run their jobs again: --array=\(ranges)")
    }
    if !missing.isEmpty {
      let ranges = JobCollection.ranges(missing)
      Console.error("\(missing.count) of \(count) jobs have no result yet; run them: --array=\(ranges)")
    }
  }
}
