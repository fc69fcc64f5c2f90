import ArgumentParser
import EnsembleStudies
import Foundation
import QueueProtocol

struct WaitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wait",
    abstract: "Waits until a study has ended, and shows how far it is.",
    discussion: "A coordinator that is away for a while is waited for, up to --timeout.")

  @Argument(help: "The study's id, such as s7.")
  var study: StudyID

  @Flag(help: "Print no progress (default: off).")
  var quiet = false

  @OptionGroup var connection: ConnectionOptions

  func run() throws {
    let status = try connection.withClient { client in
      let line = quiet ? nil : ProgressLine(totalSteps: try totalSteps(client))
      while true {
        let (status, queue) = try client.status(of: study)
        let progress = QueueProgress(status, workers: queue.workers)
        if status.hasEnded {
          line?.finish(progress)
          return status
        }
        line?.show(progress)
        usleep(300_000)
      }
    }
    if connection.json { try JSONOutput.print(status) }
    if status.state == .cancelled { throw ExitCode(ExitStatus.cancelled.rawValue) }
    if status.failed > 0 { throw ExitCode(ExitStatus.membersFailed.rawValue) }
  }

  private func totalSteps(_ client: QueueClient) throws -> Int {
    let bytes = try client.description(of: study)
    // A study of another program may be described in another way; only the percentage is lost.
    return (try? StudyDescription(decoding: bytes).makePlan().totalSteps) ?? 0
  }
}
