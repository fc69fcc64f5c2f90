import Foundation
import QueueProtocol
import Testing
import TextFormatting

@testable import StatusPage

@Suite struct RenderingTests {
  private static let trap = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)>\u{202E}\u{0}"

  @Test func nothingOfOthersBecomesPartOfThePage() {
    let snapshot = snapshot(text: Self.trap)
    let page = HTMLPage.status(PageParts.all(snapshot), snapshot, version: Self.trap)
    #expect(page.text.components(separatedBy: "<script").count == 2, "the page's own script alone")
    #expect(!page.text.contains("<img") && !page.text.contains("\u{202E}") && !page.text.contains("\u{0}"))
    let escaped = "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;&lt;img src=x onerror=alert(1)&gt;"
    // Study, address, version, storage problem; worker's host, instructions, version; failure; attempt.
    #expect(page.text.components(separatedBy: escaped).count > 12)
    #expect(!page.text.contains("style=") && !page.text.contains("onclick"), "the policy would not let it")
  }

  @Test func thePolicyAllowsTheScriptAndStyleOfThePageAlone() throws {
    let snapshot = snapshot(text: "a")
    let page = HTMLPage.status(PageParts.all(snapshot), snapshot, version: "1")
    #expect(page.contentSecurityPolicy.hasPrefix("default-src 'none'; style-src 'sha256-"))
    #expect(!page.contentSecurityPolicy.contains("unsafe") && !page.contentSecurityPolicy.contains("http"))
    #expect(!page.text.contains("src=\"http") && !page.text.contains("href=\"http"))
  }

  @Test func everyPartHasItsPlaceAndTablesHaveTheirRoles() {
    let snapshot = snapshot(text: "a")
    let parts = PageParts.all(snapshot)
    let page = HTMLPage.status(parts, snapshot, version: "1")
    #expect(Set(parts.keys) == Set(PagePart.allCases))
    for part in PagePart.allCases { #expect(page.text.contains("id=\"\(part.rawValue)\"")) }
    let studies = parts[.studies] ?? ""
    #expect(studies.contains("<th role=\"columnheader\" scope=\"col\">State</th>"))
    #expect(studies.contains("about 10.0 s") || studies.contains("about 10 s"), "500 steps at 50 a second")
    #expect(studies.contains("50 %"))
    #expect(parts[.workers]?.contains("aria-label=\"Loss from 1 after 1 steps to 0.05 after 20") == true)
  }

  @Test func numbers() {
    #expect(NumberText.grouped(1_234_567) == "1,234,567" && NumberText.grouped(-12) == "-12")
    #expect(
      NumberText.rate(104_321) == "104,000" && NumberText.rate(0) == "–" && NumberText.rate(.nan) == "–")
    #expect(Numbers.percent(0.999) == "99 %" && Numbers.percent(1) == "100 %" && Numbers.percent(-1) == "0 %")
    #expect(NumberText.duration(4.04) == "4.0 s" && NumberText.duration(9.96) == "10 s")
    #expect(NumberText.duration(3_661) == "1 h 1 min" && NumberText.duration(.infinity) == "–")
    #expect(Numbers.isoTime(1_000_000_000) == "2001-09-09T01:46:40Z")
    #expect(Numbers.loss(0.0042123) == "0.00421" && Numbers.loss(1e-7) == "1.00e-07")
  }
}
