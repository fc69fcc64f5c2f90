import Digests
import Foundation
import QueueCore
import TextFormatting

/// A whole page, and what it is allowed to do.
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
      \(section(.failures, "Failures"))\(section(.attempts, "Last attempts"))</main>
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
