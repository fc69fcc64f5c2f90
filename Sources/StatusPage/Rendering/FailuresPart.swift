import QueueCore
import QueueProtocol
import QueueWorker
import TextFormatting

/// The members that were set aside, each with its story.
enum FailuresPart {
  static func html(_ snapshot: QueueSnapshot) -> HTML {
    guard !snapshot.failures.isEmpty else { return "<p class=\"empty\">No member is set aside.</p>" }
    let names = Dictionary(uniqueKeysWithValues: snapshot.studies.map { ($0.study, $0.name) })
    let stories = snapshot.failures.map { story($0, study: names[$0.study] ?? "") }
    let leftOut = max(0, snapshot.queue.failed - snapshot.failures.count)
    let note: HTML =
      leftOut > 0
      ? "<p class=\"note\">\(leftOut) more: <code>potline status ID</code> tells of all of a study.</p>" : ""
    return "\(stories)\(note)"
  }

  private static func story(_ failure: StudyFailure, study: String) -> HTML {
    let member = failure.member
    let table = Table(
      "Attempts of member \(member.place) of study \(failure.study)",
      [
        .number("Attempt"), .text("Started (UTC)"), .text("End"), .number("Lasted"), .text("Worker"),
        .wide("Why"),
      ], [Table.Group(head: nil, rows: member.attempts.map(row))])
    // The key keeps it open when the part is replaced.
    return """
      <details data-key="\(member.job.hex)"><summary>\(PageParts.badge(.bad, "failed")) \
      <span class="name">\(study)</span> <span class="id">\("\(failure.study)") member \(member.place)</span> \
      <span class="why">\(member.reason)</span></summary>
      <p class="note">Job <code>\(member.job.hex)</code></p>\(table.html)</details>

      """
  }

  private static func row(_ attempt: AttemptStatus) -> [HTML] {
    [
      "\("\(attempt.attempt)")", PageParts.time(attempt.startedAt), AttemptsPart.badge(attempt),
      "\(AttemptsPart.lasted(attempt))", AttemptsPart.worker(attempt), "\(attempt.message)",
    ]
  }
}
