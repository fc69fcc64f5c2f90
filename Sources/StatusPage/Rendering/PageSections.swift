import QueueCore
import QueueProtocol
import QueueWorker
import TextFormatting

/// The table of studies: unfinished ones first, then ended ones, each newest first.
enum StudiesPart {
  /// More rows than these are left out; `/api/studies` has all.
  private static let rows = 200

  static func html(_ snapshot: QueueSnapshot) -> HTML {
    let newest = Array(snapshot.studies.reversed())
    let ordered = newest.filter { !$0.hasEnded } + newest.filter(\.hasEnded)
    guard !ordered.isEmpty else {
      return "<p class=\"empty\">No study yet: submit one with <code>potline submit STUDY</code>.</p>"
    }
    let table = Table(
      "Studies: unfinished first, then ended, newest first",
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

/// The table of workers, by host.
enum WorkersPart {
  /// More rows than these are left out; `/api/workers` has all.
  private static let rows = 300

  static func html(_ snapshot: QueueSnapshot) -> HTML {
    guard !snapshot.workers.isEmpty else {
      return "<p class=\"empty\">No worker yet: start one per core with <code>potline worker</code>.</p>"
    }
    let ordered = snapshot.workers.sorted { ($0.host, $0.pid) < ($1.host, $1.pid) }
    let byHost = Dictionary(grouping: ordered, by: \.host)
    let shown = Dictionary(grouping: ordered.prefix(rows), by: \.host)
    let groups = shown.keys.sorted().map { host in
      Table.Group(
        head: head(host, byHost[host] ?? []),
        rows: (shown[host] ?? []).map { row($0, snapshot.losses) })
    }
    let table = Table(
      "Workers by host",
      [
        .number("Process"), .text("State"), .text("Job"), .number("Step"), .number("Steps/s"),
        .number("Loss"), .text("Loss history"), .text("SIMD"), .text("Version"), .number("Heard"),
      ], groups)
    let leftOut = max(0, snapshot.queue.workers - min(rows, ordered.count))
    let note: HTML = leftOut > 0 ? "<p class=\"note\">\(leftOut) more workers are not shown.</p>" : ""
    return "\(table.html)\(note)"
  }

  private static func head(_ host: String, _ workers: [WorkerStatus]) -> HTML {
    let rate = workers.reduce(0) { $0 + ($1.stepsPerSecond ?? 0) }
    let working = workers.count { $0.state == .working }
    return """
      <span class="name">\(host)</span> <span class="of">\(working) of \(workers.count) at work, \
      \(NumberText.rate(rate)) steps/s</span>
      """
  }

  private static func row(_ worker: WorkerStatus, _ losses: [AttemptID: LossCurve]) -> [HTML] {
    let curve = worker.attempt.flatMap { losses[$0] }
    let step = worker.step.map { step -> HTML in
      let total = worker.totalSteps ?? 0
      let of: HTML = total > 0 ? " <span class=\"of\">of \(NumberText.grouped(total))</span>" : ""
      return "\(NumberText.grouped(step))\(of)"
    }
    return [
      "<span class=\"card\">Process </span>\(worker.pid)", badge(worker.state), job(worker), step ?? "–",
      "\(NumberText.rate(worker.stepsPerSecond ?? 0))", "\(worker.loss.map(Numbers.loss) ?? "–")",
      curve.map(Drawings.sparkline) ?? "", "\(worker.instructionSet)", "\(worker.version)",
      "\(NumberText.duration(worker.heardSecondsAgo)) ago",
    ]
  }

  private static func job(_ worker: WorkerStatus) -> HTML {
    guard let job = worker.job else { return "–" }
    let study = worker.study.map { "\($0) " } ?? ""
    return "<span class=\"tight\">\(study)<code>\("\(job)")</code></span>"
  }

  private static func badge(_ state: WorkerStatus.State) -> HTML {
    switch state {
    case .idle: PageParts.badge(.quiet, "idle")
    case .working: PageParts.badge(.active, "working")
    case .stopping, .leaving: PageParts.badge(.warn, state.rawValue)
    case .distrusted: PageParts.badge(.bad, "distrusted")
    }
  }
}

/// The failed members, each with the history of its attempts.
enum FailuresPart {
  static func html(_ snapshot: QueueSnapshot) -> HTML {
    guard !snapshot.failures.isEmpty else { return "<p class=\"empty\">No member has failed.</p>" }
    let names = Dictionary(uniqueKeysWithValues: snapshot.studies.map { ($0.study, $0.name) })
    let histories = snapshot.failures.map { history($0, study: names[$0.study] ?? "") }
    let leftOut = max(0, snapshot.queue.failed - snapshot.failures.count)
    let note: HTML =
      leftOut > 0
      ? "<p class=\"note\">\(leftOut) more: <code>potline status ID</code> lists all failures of a study.</p>"
      : ""
    return "\(histories)\(note)"
  }

  private static func history(_ failure: StudyFailure, study: String) -> HTML {
    let member = failure.member
    let table = Table(
      "Attempts of member \(member.place) of study \(failure.study)",
      [
        .number("Attempt"), .text("Started (UTC)"), .text("End"), .number("Duration"), .text("Worker"),
        .wide("Reason"),
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
      "\(AttemptsPart.duration(attempt))", AttemptsPart.worker(attempt), "\(attempt.message)",
    ]
  }
}

/// The latest ended attempts.
enum AttemptsPart {
  private static let rows = 25

  static func html(_ snapshot: QueueSnapshot) -> HTML {
    guard !snapshot.ends.isEmpty else {
      return "<p class=\"empty\">No attempt has ended since the coordinator started.</p>"
    }
    return Table(
      "Latest attempts, newest first",
      [
        .text("Ended (UTC)"), .text("Job"), .text("End"), .number("Duration"), .text("Worker"),
        .wide("Reason"),
      ],
      [Table.Group(head: nil, rows: snapshot.ends.prefix(rows).map(row))]
    ).html
  }

  private static func row(_ end: EndedAttempt) -> [HTML] {
    let study = end.study.map { "\($0) " } ?? ""
    return [
      end.attempt.endedAt.map(PageParts.time) ?? "–",
      "<span class=\"tight\">\(study)<code>\("\(end.job)")</code></span>", badge(end.attempt),
      "\(duration(end.attempt))", worker(end.attempt), "\(end.attempt.message)",
    ]
  }

  static func worker(_ attempt: AttemptStatus) -> HTML {
    "<span class=\"tight\"><code>\("\(attempt.worker)")</code> on</span> \(attempt.host)"
  }

  static func duration(_ attempt: AttemptStatus) -> String {
    attempt.endedAt.map { NumberText.duration($0 - attempt.startedAt) } ?? "–"
  }

  static func badge(_ attempt: AttemptStatus) -> HTML {
    guard let end = attempt.end else { return PageParts.badge(.active, "running") }
    guard let kind = AttemptEnd.Kind(rawValue: end) else { return PageParts.badge(.bad, end) }
    if kind == .finished { return PageParts.badge(.good, end) }
    return PageParts.badge(kind.countsAsFailure || kind == .distrusted ? .bad : .warn, end)
  }
}
