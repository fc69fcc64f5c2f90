import ArgumentParser
import QueueProtocol

struct WorkersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "workers", abstract: "Lists the workers of a coordinator and what each does.")

  @OptionGroup var connection: ConnectionOptions

  func run() throws {
    let workers = try connection.withClient { try $0.workers() }
    if connection.json { return try JSONOutput.print(workers) }
    Console.result(workers.isEmpty ? "no workers" : QueueText.table(workers))
  }
}
