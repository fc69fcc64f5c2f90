import QueueCore
import QueueProtocol
import QueueWorker
import TextFormatting

/// The attempts that ended last.
enum AttemptsPart {
  private static let rows = 25

  static func html(_ snapshot: QueueSnapshot) -> HTML {
    guard !snapshot.ends.isEmpty else {
      return "<p class=\"empty\">No attempt has ended since the coordinator started.</p>"
    }
    return Table(
      "Attempts that ended last, the newest first",
      [.text("Ended (UTC)"), .text("Job"), .text("How"), .number("Lasted"), .text("Worker"), .wide("Why")],
      [Table.Group(head: nil, rows: snapshot.ends.prefix(rows).map(row))]
    ).html
  }

  private static func row(_ end: EndedAttempt) -> [HTML] {
    let study = end.study.map { "\($0) " } ?? ""
    return [
      end.attempt.endedAt.map(PageParts.time) ?? "–",
      "<span class=\"tight\">\(study)<code>\("\(end.job)")</code></span>", badge(end.attempt),
      "\(lasted(end.attempt))", worker(end.attempt), "\(end.attempt.message)",
    ]
  }

  static func worker(_ attempt: AttemptStatus) -> HTML {
    "<span class=\"tight\"><code>\("\(attempt.worker)")</code> on</span> \(attempt.host)"
  }

  static func lasted(_ attempt: AttemptStatus) -> String {
    attempt.endedAt.map { NumberText.duration($0 - attempt.startedAt) } ?? "–"
  }

  static func badge(_ attempt: AttemptStatus) -> HTML {
    guard let end = attempt.end else { return PageParts.badge(.active, "running") }
    guard let kind = AttemptEnd.Kind(rawValue: end) else { return PageParts.badge(.bad, end) }
    if kind == .finished { return PageParts.badge(.good, end) }
    return PageParts.badge(kind.countsAsFailure || kind == .distrusted ? .bad : .warn, end)
  }
}
