import ArgumentParser
import QueueProtocol

struct StatusCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract:
      "Shows how far the studies of a coordinator are, or one of them with the histories of its failed members.",
    discussion: """
      With --watch it shows studies, workers and the attempts that ended last again every second until Ctrl-C: in place on \
      a terminal, else one block after the other, or with --json a line of JSON each time. A coordinator that has gone \
      is waited for; the last picture stays, with its age.
      """)

  @Argument(help: "A study's id, such as s7 (default: all studies).")
  var study: StudyID?

  @Flag(help: "Show it again every second, until Ctrl-C (default: once).")
  var watch = false

  @OptionGroup var connection: ConnectionOptions

  func perform() throws {
    if watch { return try QueueWatch(study: study, connection: connection).run() }
    if let study { try show(study) } else { try showAll() }
  }

  private func showAll() throws {
    let (studies, queue) = try connection.withClient { try $0.statuses() }
    if connection.json { return try Console.json(StudiesDocument(queue: queue, studies: studies)) }
    Console.result(QueueText.queue(queue))
    if !studies.isEmpty { Console.result(QueueText.table(studies)) }
  }

  private func show(_ study: StudyID) throws {
    var failures: [FailedJobStatus] = []
    let (status, queue) = try connection.withClient { client in
      let status = try client.status(of: study)
      if status.study.failed > 0 { try client.failures(of: study) { failures += $0 } }
      return status
    }
    if connection.json {
      return try Console.json(StudyDocument(queue: queue, study: status, failures: failures))
    }
    Console.result(QueueText.table([status]))
    if let problem = queue.storageProblem { Console.result("the coordinator waits: \(problem)") }
    for failure in failures { Console.result(QueueText.history(failure)) }
  }
}
