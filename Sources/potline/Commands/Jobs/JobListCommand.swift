import ArgumentParser
import EnsembleStudies
import Files
import QueueProtocol
import Safetensors

struct JobListCommand: ParsableCommand {
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

  @Option(help: "Seed of the study (default: the study file's).")
  var seed: UInt64?

  @Option(
    help: ArgumentHelp(
      "Fraction of the members (at least 2) and of the training length (at least 1 epoch), for a quick look "
        + "(default: 1).", valueName: "fraction"))
  var scale: Double?

  @Flag(help: "Print nothing but errors and the list (default: off).")
  var quiet = false

  func validate() throws {
    if output?.isEmpty == true { throw ValidationError("--output needs the name of a folder") }
    if let scale, !(scale > 0 && scale <= 1) {
      throw ValidationError("--scale must be greater than 0 and at most 1, for example 0.1")
    }
  }

  func run() throws {
    let list = try StudyJobs(try StudySource(study, seed: seed, scale: scale))
    if !quiet { list.plan.notes.forEach { Console.note("potline: \($0)") } }
    guard let output else { return Console.result(String(decoding: list.text, as: UTF8.self)) }
    let path = try list.write(to: output)
    if !quiet { Console.result("\(list.count) jobs: \(path)") }
  }
}

/// The jobs of a study as text.
struct StudyJobs {
  let plan: StudyPlan
  /// One job a line.
  let text: [UInt8]
  let count: Int
  private let dataset: [UInt8]
  private let description: StudyDescription

  /// Makes the dataset and the list; ends the program with a message if the study can't be used.
  init(_ source: StudySource) throws {
    let prepared = try StudyPreparation(source)
    (plan, dataset) = (prepared.plan, prepared.dataset)
    description = StudyDescription(plan, resolvedYAML: source.resolvedYAML)
    let jobs = try ListedJob.all(of: plan, study: description)
    count = jobs.count
    text =
      Array(try jobs.map { try $0.line() }.joined(separator: [UInt8(ascii: "\n")])) + [UInt8(ascii: "\n")]
  }

  /// Writes jobs.jsonl, study.json and the dataset to a folder, and returns the list's path; ends the program with a
  /// message if it can't.
  func write(to folder: String) throws -> String {
    do {
      try JobFolder(folder).prepare(for: description)
      try BlobStore(folder: folder + "/datasets").add(dataset)
      try AtomicFile.write(text, to: folder + "/jobs.jsonl")
    } catch {
      throw ExitStatus.output.refuse(error)
    }
    return folder + "/jobs.jsonl"
  }
}
