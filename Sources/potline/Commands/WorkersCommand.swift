import ArgumentParser
import QueueProtocol

struct WorkersCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "workers", abstract: "Lists the workers of a coordinator and what each does.")

  @OptionGroup var connection: ConnectionOptions

  func perform() throws {
    let workers = try connection.withClient { try $0.workers() }
    if connection.json { return try Console.json(workers) }
    Console.result(workers.isEmpty ? "no workers" : QueueText.table(workers))
  }
}
