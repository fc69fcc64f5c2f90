import ArgumentParser
import EnsembleStudies
import QueueProtocol
import StudyRunning

struct SubmitCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit",
    abstract: "Submits a study to a coordinator, and returns without waiting for it.",
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

  @OptionGroup var options: StudyOptions

  @OptionGroup var connection: ConnectionOptions

  func validate() throws {
    guard Submission.priorities.contains(priority) else {
      throw ValidationError("--priority must be -1000000 to 1000000")
    }
  }

  func perform() throws {
    // Before the dataset is made, which may take long.
    try connection.check()
    let source = try options.source(study)
    let prepared = try PreparedStudy(source)
    prepared.plan.notes.forEach { Console.error($0) }
    let description = StudyDescription(prepared.plan, resolvedYAML: prepared.resolvedYAML)
    let jobs = prepared.plan.jobs.map { NewJob(payload: $0.payload) }
    let (study, finished) = try connection.withClient { client in
      try client.upload(prepared.dataset)
      return try client.submit(
        Submission(
          name: source.study.name, priority: priority, isFresh: fresh, description: description.encoded(),
          jobs: jobs))
    }
    if connection.json {
      try Console.json(Receipt(study: study, jobs: jobs.count, finished: finished))
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
