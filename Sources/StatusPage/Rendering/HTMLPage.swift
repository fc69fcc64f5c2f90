import Digests
import Foundation
import QueueCore
import TextFormatting

/// A whole page with its content security policy.
struct HTMLPage: Sendable {
  let text: String
  let contentSecurityPolicy: String

  private init(title: String, head: HTML, body: HTML, script: String?) {
    let scripts: HTML = script.map { HTML(stringLiteral: "<script>\($0)</script>") } ?? ""
    let style = HTML(stringLiteral: "<style>\(Stylesheet.text)</style>")
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(title)</title>
      <link rel="icon" href="data:,">
      \(head)\(style)</head>
      <body>\(body)\(scripts)</body></html>

      """
    text = page.text
    contentSecurityPolicy =
      "default-src 'none'; style-src '\(Self.hash(Stylesheet.text))'"
      + (script.map { "; script-src '\(Self.hash($0))'; connect-src 'self'" } ?? "")
      + "; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
  }

  static func status(_ parts: [PagePart: String], _ snapshot: QueueSnapshot, version: String) -> HTMLPage {
    func section(_ part: PagePart, _ title: String) -> HTML {
      PageParts.section(part, title, HTML(stringLiteral: parts[part] ?? ""))
    }
    let body: HTML = """
      <header><h1>\(Self.mark) Potline</h1>
      <p class="where"><code>\(snapshot.address)</code> <span>version \(version)</span></p>
      <p id="live" role="status" class="quiet">as loaded</p></header>
      <main><div id="overview">\(HTML(stringLiteral: parts[.overview] ?? ""))</div>
      \(section(.studies, "Studies"))\(section(.workers, "Workers"))\
      \(section(.failures, "Failures"))\(section(.attempts, "Latest attempts"))</main>
      <footer><p>For programs: <a href="api">JSON</a>, <a href="metrics">metrics</a></p></footer>

      """
    return HTMLPage(
      title: "Potline", head: "<noscript><meta http-equiv=\"refresh\" content=\"10\"></noscript>\n",
      body: body, script: PageScript.text)
  }

  static func redirect(to path: String) -> HTMLPage {
    HTMLPage(
      title: "Potline", head: "<meta http-equiv=\"refresh\" content=\"0; url=\(path)\">\n",
      body: "<main><p><a href=\"\(path)\">To the page</a></p></main>", script: nil)
  }

  /// Pots in series on their busbar.
  private static let mark: HTML = """
    <svg class="mark" viewBox="0 0 32 24" aria-hidden="true"><path d="M1 7h30"/>\
    <path d="M4 7v4M16 7v4M28 7v4"/><rect x="0.5" y="11" width="7" height="10" rx="1"/>\
    <rect x="12.5" y="11" width="7" height="10" rx="1"/><rect x="24.5" y="11" width="7" height="10" rx="1"/></svg>
    """

  private static func hash(_ text: String) -> String {
    "sha256-" + Data(SHA256Digest.of(Array(text.utf8)).bytes).base64EncodedString()
  }
}

/// A part of the page that the script replaces when it changes. The raw value is the element's ID.
enum PagePart: String, CaseIterable, Sendable {
  case overview, studies, workers, failures, attempts
}

/// The page and its parts for the newest snapshot, rendered once for all readers.
actor PageCache {
  private let version: String
  private var number = 0
  private var parts: [PagePart: String] = [:]

  init(version: String) { self.version = version }

  func parts(of taken: SnapshotFeed.Taken) -> [PagePart: String] {
    if taken.number != number {
      parts = PageParts.all(taken.snapshot)
      number = taken.number
    }
    return parts
  }

  func page(of taken: SnapshotFeed.Taken) -> HTMLPage {
    .status(parts(of: taken), taken.snapshot, version: version)
  }
}

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
      banners += "<p class=\"banner\">The coordinator is stopping: workers hand their jobs back.</p>"
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
      <p class="note">Snapshot of \(time(snapshot.takenAt)) UTC; coordinator up for \(uptime)</p>
      """
  }

  /// A `time` element.
  static func time(_ seconds: Double) -> HTML {
    "<time datetime=\"\(Numbers.isoTime(seconds))\">\(Numbers.time(seconds))</time>"
  }

  /// A word after a sign, so that its meaning doesn't depend on colour.
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

/// The kind of a badge, which decides its colour and sign.
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
