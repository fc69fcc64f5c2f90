import QueueCore
import TextFormatting

/// The parts of the page.
enum PageParts {
  static func all(_ snapshot: QueueSnapshot) -> [PagePart: String] {
    [
      .overview: overview(snapshot).text, .studies: StudiesPart.html(snapshot).text,
      .workers: WorkersPart.html(snapshot).text, .failures: FailuresPart.html(snapshot).text,
      .attempts: AttemptsPart.html(snapshot).text,
    ]
  }

  private static func overview(_ snapshot: QueueSnapshot) -> HTML {
    let queue = snapshot.queue
    var banners: HTML = ""
    if snapshot.isLeaving {
      banners += "<p class=\"banner\">The coordinator was told to stop: workers hand their jobs back.</p>"
    }
    if let problem = queue.storageProblem {
      banners += "<p class=\"banner bad\" role=\"alert\">The coordinator waits: \(problem)</p>"
    }
    if queue.auditsDisputed > 0 {
      banners += """
        <p class="banner bad">\(queue.auditsDisputed) members were trained by two workers with different results.</p>
        """
    }
    let tiles: [(String, String, String)] = [
      ("Finished", NumberText.grouped(queue.finished), "members"),
      ("Running", NumberText.grouped(queue.running), "members"),
      ("Queued", NumberText.grouped(queue.queued), "members"),
      ("Failed", NumberText.grouped(queue.failed), "set aside"),
      ("Workers", NumberText.grouped(queue.workers), "registered"),
      ("Speed", NumberText.rate(queue.stepsPerSecond), "steps/s"),
    ]
    let items = tiles.map { title, value, unit -> HTML in
      let style: HTML = title == "Failed" && queue.failed > 0 ? " class=\"bad\"" : ""
      return "<div\(style)><dt>\(title)</dt><dd><b>\(value)</b> <span>\(unit)</span></dd></div>"
    }
    let uptime = NumberText.duration(snapshot.takenAt - snapshot.startedAt)
    return """
      \(banners)<dl class="tiles">\(items)</dl>
      <p class="note">Picture of \(time(snapshot.takenAt)) UTC; the coordinator is up for \(uptime)</p>
      """
  }

  /// A moment, for people and programs.
  static func time(_ seconds: Double) -> HTML {
    "<time datetime=\"\(Numbers.isoTime(seconds))\">\(Numbers.time(seconds))</time>"
  }

  /// A word with a sign before it, so that it is not told by colour alone.
  static func badge(_ kind: BadgeKind, _ word: String) -> HTML {
    "<span class=\"badge \(kind.rawValue)\"><span aria-hidden=\"true\">\(kind.sign)</span> \(word)</span>"
  }

  static func section(_ part: PagePart, _ title: String, _ content: HTML) -> HTML {
    """
    <section aria-labelledby="\(part.rawValue)-title"><h2 id="\(part.rawValue)-title">\(title)</h2>
    <div id="\(part.rawValue)">\(content)</div></section>

    """
  }
}

/// How a state is meant.
enum BadgeKind: String {
  case good, active, quiet, warn, bad

  var sign: String {
    switch self {
    case .good: "✓"
    case .active: "▶"
    case .quiet: "○"
    case .warn: "↻"
    case .bad: "✕"
    }
  }
}
