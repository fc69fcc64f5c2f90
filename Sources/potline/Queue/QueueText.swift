import Foundation
import QueueProtocol
import TextFormatting

/// The queue as text for a terminal.
enum QueueText {
  static func queue(_ queue: QueueStatus) -> String {
    var text =
      "\(queue.workers) workers; members: \(queue.queued) queued, \(queue.running) running, "
      + "\(queue.finished) finished, \(queue.failed) failed"
    if queue.auditsPassed + queue.auditsDisputed + queue.auditsSkipped > 0 {
      text +=
        "; audits: \(queue.auditsPassed) passed, \(queue.auditsDisputed) disputed, \(queue.auditsSkipped) skipped"
    }
    if let problem = queue.storageProblem { text += "\nthe coordinator waits: \(problem)" }
    return text
  }

  static func table(_ studies: [StudyStatus]) -> String {
    let head = [
      "id", "name", "priority", "state", "members", "queued", "running", "finished", "failed", "steps/s",
    ]
    let rows = studies.map { study in
      [
        "\(study.study)", String(study.name.prefix(40)), "\(study.priority)", study.state.rawValue,
        "\(study.total)", "\(study.queued)", "\(study.running)", "\(study.finished)", "\(study.failed)",
        String(format: "%.0f", study.stepsPerSecond),
      ]
    }
    return align([head] + rows, left: [0, 1, 3])
  }

  static func table(_ workers: [WorkerStatus]) -> String {
    let head = [
      "worker", "host", "process", "cores", "SIMD", "version", "state", "study", "step", "steps/s", "heard",
    ]
    let rows = workers.map(row)
    return align([head] + rows, left: [0, 1, 4, 5, 6, 7])
  }

  private static func row(_ worker: WorkerStatus) -> [String] {
    let step = worker.step.map { "\($0)/\(worker.totalSteps ?? 0)" } ?? ""
    let rate = worker.stepsPerSecond.map { String(format: "%.0f", $0) } ?? ""
    let study = worker.study.map { "\($0)" } ?? ""
    let heard = String(format: "%.1f s ago", worker.heardSecondsAgo)
    let cores = "\(worker.cores)" + (worker.coresLimit.map { " (\($0.prefix(20)))" } ?? "")
    return [
      "\(worker.worker)", String(worker.host.prefix(40)), "\(worker.pid)", cores,
      worker.instructionSet, worker.version, worker.state.rawValue, study, step, rate, heard,
    ]
  }

  static func history(_ job: FailedJobStatus) -> String {
    let head = "member \(job.place) (job \(job.job)): \(job.reason)"
    let lines = job.attempts.map { attempt in
      let seconds = attempt.endedAt.map { String(format: " after %.1f s", $0 - attempt.startedAt) } ?? ""
      let end = (attempt.end ?? "running") + seconds
      return "  attempt \(attempt.attempt) by worker \(attempt.worker) on \(attempt.host): \(end)"
        + (attempt.message.isEmpty ? "" : ": \(attempt.message)")
    }
    return PlainText.of(([head] + lines).joined(separator: "\n"), keepsLines: true)
  }

  /// Columns of the width of their widest entry; numbers stand at the right.
  static func align(_ rows: [[String]], left: Set<Int>) -> String {
    TextTable.aligned(rows.map { $0.map { PlainText.of($0) } }, left: left).joined(separator: "\n")
  }
}
