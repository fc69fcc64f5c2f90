import Foundation
import Testing

/// Links and paths that documents name lead somewhere.
@Suite struct LinkTests {
  @Test(arguments: Repository.documents)
  func linksLeadToFiles(path: String) throws {
    let document = try Document(path)
    let prose = document.text.replacing(/`[^`\n]*`/, with: "")
    for match in prose.matches(of: /\]\(([^)\s]+)\)/) {
      let target = String(match.1)
      if target.contains("://") || target.hasPrefix("mailto:") { continue }
      let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(
        String.init)
      let file = parts[0].isEmpty ? path : normalised(document.folder + parts[0])
      // DocC names pictures of its catalogue without extension.
      let isThere = Repository.exists(file) || ["png", "svg"].contains { Repository.exists("\(file).\($0)") }
      #expect(isThere, "\(path) links to \(target), which isn't there")
      if parts.count == 2, isThere, file.hasSuffix(".md") {
        let anchors = headings(of: try Repository.text(file))
        #expect(anchors.contains(parts[1]), "\(path) links to \(target), but there is no such heading")
      }
    }
  }

  @Test(arguments: Repository.documents)
  func articlesThatAreNamedStandInTheCatalogue(path: String) throws {
    let document = try Document(path)
    for match in document.text.matches(of: /<doc:([A-Za-z]+)>/) {
      #expect(Repository.exists("\(document.folder)\(match.1).md"), "\(path) names \(match.0)")
    }
  }

  @Test(arguments: Repository.documents)
  func pathsThatAreNamedExist(path: String) throws {
    for code in try Document(path).code {
      for match in code.matches(
        of: /(?:^|[\s(=])((?:Sources|Tests|scripts|cluster|\.ci)\/[A-Za-z0-9_+@.\/-]*)/)
      {
        let named = String(match.1).trimmingCharacters(in: CharacterSet(charactersIn: ".,"))
        #expect(Repository.exists(named), "\(path) names \(named)")
      }
    }
  }

  /// The README sells, shows and starts; the handbook has the rest.
  @Test func readmeIsShort() throws {
    let lines = try Repository.text("README.md").split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count <= 181)
  }

  @Test(arguments: Repository.documents)
  func namedSuitesAndTestsExist(path: String) throws {
    for code in try Document(path).code {
      guard let match = code.wholeMatch(of: /([A-Z][A-Za-z0-9]*Tests)(\.([a-z][A-Za-z0-9]*))?/) else {
        continue
      }
      let suite = String(match.1)
      if let test = match.3 {
        #expect(TestNames.all.contains("\(suite).\(test)"), "\(path) names \(code)")
      } else {
        let isKnown = TestNames.suites.contains(suite) || Repository.exists("Tests/\(suite)")
        #expect(isKnown, "\(path) names \(code)")
      }
    }
  }

  /// `a/../b` as `b`.
  private func normalised(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == "..", !parts.isEmpty { parts.removeLast() } else { parts.append(part) }
    }
    return parts.joined(separator: "/")
  }

  /// The anchors of a page: its headings in lower case, spaces as hyphens, without punctuation.
  private func headings(of text: String) -> [String] {
    text.split(separator: "\n").filter { $0.hasPrefix("#") }.map { line in
      String(
        line.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces).lowercased()
          .map { $0 == " " ? "-" : $0 }.filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
    }
  }
}
