import Testing

/// The lists in scripts/test name what exists, so that a renamed suite doesn't slip into the quick tests.
@Suite struct ScriptTests {
  @Test(arguments: ["apart", "slow_targets"])
  func listedTargetsExist(list: String) throws {
    for name in try names(of: list) {
      #expect(Repository.exists("Tests/\(name)"), "scripts/test: \(list) names \(name)")
    }
  }

  @Test func listedSuitesExist() throws {
    for name in try names(of: "slow_suites") {
      #expect(TestNames.suites.contains(name), "scripts/test: slow_suites names \(name)")
    }
  }

  private func names(of list: String) throws -> [String] {
    let text = try Repository.text("scripts/test")
    let match = try #require(try Regex("(?m)^\(list)=\\(([^)]*)\\)").firstMatch(in: text), "no list \(list)")
    let names = try #require(match[1].substring).split { $0 == " " || $0 == "\n" }.map(String.init)
    try #require(!names.isEmpty)
    return names
  }
}
