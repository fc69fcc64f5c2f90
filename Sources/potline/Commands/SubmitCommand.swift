import ArgumentParser
import EnsembleStudies
import QueueProtocol

struct SubmitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit",
    abstract: "Gives a study to a coordinator and returns at once.",
    discussion: """
      Makes the study's dataset as `potline run` does, sends it to the coordinator unless that has it, and prints the \
      study's id. Members that an earlier study on this coordinator trained are not trained again.
      """)

  @Argument(help: "A bundled study's name (see `potline study list`), or the path of a study file.")
  var study: String

  @Option(help: "Studies of a higher priority are trained first, -1000000 to 1000000.")
  var priority = 0

  @Flag(
    help: "Train members again that an earlier study has finished; that one keeps its results (default: off)."
  )
  var fresh = false

  @Option(help: "Seed of the study (default: the study file's).")
  var seed: UInt64?

  @OptionGroup var connection: ConnectionOptions

  func validate() throws {
    guard Submission.priorities.contains(priority) else {
      throw ValidationError("--priority must be -1000000 to 1000000")
    }
  }

  func run() throws {
    // A file that is not there is told before a dataset is made.
    try connection.check()
    let source = try StudySource(study, seed: seed)
    let prepared = try StudyPreparation(source)
    prepared.plan.notes.forEach { Console.note("potline: \($0)") }
    let description = StudyDescription(prepared.plan, resolvedYAML: source.resolvedYAML)
    let jobs = prepared.plan.jobs.map { NewJob(payload: $0.payload) }
    let (study, finished) = try connection.withClient { client in
      try client.upload(prepared.dataset)
      return try client.submit(
        Submission(
          name: source.study.name, priority: priority, isFresh: fresh, description: description.encoded(),
          jobs: jobs))
    }
    if connection.json {
      try JSONOutput.print(Receipt(study: study, jobs: jobs.count, finished: finished))
    } else {
      Console.result("\(study)")
      if finished > 0 { Console.note("\(finished) of \(jobs.count) members are finished already") }
    }
  }

  private struct Receipt: Encodable {
    let study: StudyID
    let jobs: Int
    let finished: Int
  }
}
