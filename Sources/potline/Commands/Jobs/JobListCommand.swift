import ArgumentParser
import StudyRunning

struct JobListCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Lists the jobs of a study, one a line.",
    discussion: """
      Each line is JSON and holds the job, its identity, the members that it trains, and the study with its dataset's \
      description. With --output the list is written to FOLDER/jobs.jsonl instead, and the dataset to FOLDER/datasets, \
      where `potline job run -o FOLDER` finds it; without, each process that runs a job makes the dataset where it isn't \
      yet: by simulation, or from the study's files, which must then be there under the same paths.
      """)

  @Argument(help: "A bundled study's name (see `potline study list`), or the path of a study file.")
  var study: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Folder for the list and the dataset (default: the list on standard output).", valueName: "folder"))
  var output: String?

  @OptionGroup var options: StudyOptions

  @Flag(help: "Print nothing but errors and the list (default: off).")
  var quiet = false

  func validate() throws {
    if output?.isEmpty == true { throw ValidationError("--output needs the name of a folder") }
  }

  func perform() throws {
    let list = try StudyJobs(try options.source(study, isQuiet: quiet))
    if !quiet { list.plan.notes.forEach { Console.error($0) } }
    guard let output else { return Console.data(String(decoding: list.text, as: UTF8.self)) }
    let path = try list.write(to: output)
    if !quiet { Console.result("\(list.count) jobs: \(path)") }
  }
}
