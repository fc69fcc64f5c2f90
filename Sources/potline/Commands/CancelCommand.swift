import ArgumentParser
import QueueProtocol

struct CancelCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel",
    abstract: "Removes a study from the queue.",
    discussion:
      "Members that are being trained are stopped, unless another study wants them; finished ones are kept.")

  @Argument(help: "The study's id, such as s7.")
  var study: StudyID

  @OptionGroup var connection: ConnectionOptions

  func perform() throws {
    let count = try connection.withClient { try $0.cancel(study) }
    try StudyChange.print(
      StudyChange(study: study, jobs: count), connection, "\(count) members leave the queue")
  }
}

struct RetryCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry",
    abstract: "Trains the failed members of a study again.",
    discussion: "Their failures so far no longer count; `potline status ID` shows the earlier attempts.")

  @Argument(help: "The study's id, such as s7.")
  var study: StudyID

  @Flag(help: "Retry the failed members (required: only they can be retried).")
  var failed = false

  @OptionGroup var connection: ConnectionOptions

  func validate() throws {
    guard failed else { throw ValidationError("say which: --failed") }
  }

  func perform() throws {
    let count = try connection.withClient { try $0.retry(study) }
    try StudyChange.print(
      StudyChange(study: study, jobs: count), connection, "\(count) members are tried again")
  }
}

/// The effect of a command on a study.
struct StudyChange: Encodable {
  let study: StudyID
  let jobs: Int

  static func print(_ change: StudyChange, _ connection: ConnectionOptions, _ text: String) throws {
    if connection.json { try Console.json(change) } else { Console.result("\(change.study): \(text)") }
  }
}
