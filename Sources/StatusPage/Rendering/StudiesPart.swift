import QueueCore
import QueueProtocol
import TextFormatting

/// The table of studies: those that go on first, then the newest.
enum StudiesPart {
  /// More rows than these are left out; `/api/studies` has all.
  private static let rows = 200

  static func html(_ snapshot: QueueSnapshot) -> HTML {
    let newest = Array(snapshot.studies.reversed())
    let ordered = newest.filter { !$0.hasEnded } + newest.filter(\.hasEnded)
    guard !ordered.isEmpty else {
      return "<p class=\"empty\">No study yet: <code>potline submit STUDY</code> brings one.</p>"
    }
    let table = Table(
      "Studies: those that go on first, then the newest",
      [
        .text("Study"), .text("State"), .number("Priority"), .text("Progress"), .number("Finished"),
        .number("Running"), .number("Queued"), .number("Failed"), .number("Steps/s"), .number("Time left"),
      ], [Table.Group(head: nil, rows: ordered.prefix(rows).map(row))])
    let leftOut = max(0, ordered.count - rows) + snapshot.studiesLeftOut
    let note: HTML = leftOut > 0 ? "<p class=\"note\">\(leftOut) older studies are not shown.</p>" : ""
    return "\(table.html)\(note)"
  }

  private static func row(_ study: StudyStatus) -> [HTML] {
    let fraction = study.fractionDone
    let left = study.secondsLeft.map { "about \(NumberText.duration($0))" } ?? "–"
    let queued = study.queued + study.total - study.received
    let failed: HTML = study.failed > 0 ? "<b class=\"bad\">\(study.failed)</b>" : "0"
    return [
      "<span class=\"name\">\(study.name)</span> <span class=\"id\">\("\(study.study)")</span>",
      badge(study.state), "\(study.priority)",
      "<span class=\"progress\">\(Drawings.bar(study))<span>\(Numbers.percent(fraction))</span></span>",
      "\(NumberText.grouped(study.finished)) <span class=\"of\">of \(NumberText.grouped(study.total))</span>",
      "\(study.running)", "\(NumberText.grouped(queued))", failed, "\(NumberText.rate(study.stepsPerSecond))",
      "\(left)",
    ]
  }

  private static func badge(_ state: StudyStatus.State) -> HTML {
    switch state {
    case .receiving: PageParts.badge(.warn, "receiving")
    case .open: PageParts.badge(.active, "open")
    case .ended: PageParts.badge(.good, "ended")
    case .cancelled: PageParts.badge(.quiet, "cancelled")
    }
  }
}
