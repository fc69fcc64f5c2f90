import QueueCore
import QueueProtocol
import TextFormatting

/// The table of workers, by host.
enum WorkersPart {
  /// More rows than these are left out; `/api/workers` has all.
  private static let rows = 300

  static func html(_ snapshot: QueueSnapshot) -> HTML {
    guard !snapshot.workers.isEmpty else {
      return "<p class=\"empty\">No worker: <code>potline worker</code> starts one process a core.</p>"
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
      "Workers by host, and what each does",
      [
        .number("Process"), .text("State"), .text("Job"), .number("Step"), .number("Steps/s"),
        .number("Loss"), .text("Loss so far"), .text("Instructions"), .text("Version"), .number("Heard"),
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
