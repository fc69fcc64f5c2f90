import ArgumentParser
import EnsembleStudies
import QueueProtocol
import StudyRunning

struct ResultsCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "results",
    abstract: "Fetches the results of a study that has ended, and writes the files of `potline run`.",
    discussion: """
      Writes study.yaml, members/*.safetensors, members.csv, statistics.json and ensembles.json to the output folder, and the \
      dataset, which `potline report` needs. The dataset comes from the coordinator, so the study's own files aren't needed.
      """)

  @Argument(help: "The study's id, such as s7.")
  var study: StudyID

  @Option(name: .shortAndLong, help: ArgumentHelp("Output folder (required).", valueName: "folder"))
  var output: String

  @OptionGroup var connection: ConnectionOptions

  func validate() throws {
    if output.isEmpty { throw ValidationError("--output needs the name of a folder") }
  }

  func perform() throws {
    let printer = StudyPrinter(isQuiet: false)
    let statistics = try connection.withClient { client in
      let status = try client.status(of: study).study
      if status.state == .cancelled { throw CommandError(.cancelled, "study \(study) was cancelled") }
      guard status.hasEnded else {
        throw CommandError(
          .jobsLeft, "study \(study) has not ended: `potline wait \(study)` waits until it has")
      }
      let description = try StudyDescription(decoding: client.description(of: study))
      let writer = try ResultsWriter(description, folder: output)
      var members = try ClientMembers(client, study: study, plan: description.makePlan())
      return try writer.write(from: &members, printer.show)
    }
    try printer.show(statistics, writtenTo: output, asJSON: connection.json)
    try StudyPrinter.checkMembers(statistics)
  }
}
