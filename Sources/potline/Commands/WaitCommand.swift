import ArgumentParser
import EnsembleStudies
import Foundation
import QueueProtocol

struct WaitCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "wait",
    abstract: "Waits until a study has ended, and shows its progress.",
    discussion: "Waits for a coordinator that doesn't answer, for up to --timeout seconds.")

  @Argument(help: "The study's id, such as s7.")
  var study: StudyID

  @Flag(help: "Print no progress (default: off).")
  var quiet = false

  @OptionGroup var connection: ConnectionOptions

  func perform() throws {
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
    if connection.json { try Console.json(status) }
    if status.state == .cancelled { throw ExitStatus.cancelled.code }
    if status.failed > 0 { throw ExitStatus.membersFailed.code }
  }

  private func totalSteps(_ client: QueueClient) throws -> Int {
    let bytes = try client.description(of: study)
    // A study of another program may be described in another way; only the percentage is lost.
    return (try? StudyDescription(decoding: bytes).makePlan().totalSteps) ?? 0
  }
}
