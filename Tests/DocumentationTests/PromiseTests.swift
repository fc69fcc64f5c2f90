import Foundation
import Testing

/// Every promise in Tests/Promises.md has tests that exist, and no promise made elsewhere is missing there.
@Suite struct PromiseTests {
  private struct Row {
    let promise: String
    let tests: [String]
    let scripts: [String]
  }

  private func rows() throws -> [Row] {
    let rows = try Document("Tests/Promises.md").tableRows.filter { $0.first != "promise" }
    try #require(rows.count > 50)
    return try rows.map { cells in
      try #require(cells.count == 3, "\(cells)")
      let codes = cells.map { cell in cell.matches(of: /`([^`]+)`/).map { String($0.1) } }
      return Row(promise: cells[0], tests: codes[1], scripts: codes[2])
    }
  }

  @Test func everyPromiseHasTestsThatExist() throws {
    for row in try rows() {
      #expect(!row.tests.isEmpty || !row.scripts.isEmpty, "nothing holds '\(row.promise)'")
      for script in row.scripts { #expect(Repository.exists(script), "'\(row.promise)': \(script)") }
      for test in row.tests {
        let exists = test.contains(".") ? TestNames.all.contains(test) : TestNames.suites.contains(test)
        #expect(exists, "'\(row.promise)' is held by \(test), which doesn't exist")
      }
    }
  }

  @Test func noPromiseStandsTwice() throws {
    let promises = try rows().map(\.promise)
    #expect(Set(promises).count == promises.count)
  }

  @Test func promisesOfTheQueueAreInTheMap() throws {
    let path = try #require(Repository.documents.first { $0.hasSuffix("/Guarantees.md") })
    let section = try Document(path).section("Promises")
    let made = section.matches(of: /(?m)^\*\*([^*]+)\*\*/).map { String($0.1).replacing("\n", with: " ") }
    try #require(made.count >= 10)
    let held = try Set(rows().map(\.promise))
    for promise in made { #expect(held.contains(promise), "\(path) promises '\(promise)'") }
  }

  @Test func exitStatusesAreInTheMap() throws {
    let help = try Repository.text("Tests/CommandLineTests/Snapshots/--help.txt")
    let list = try #require(help.firstMatch(of: /(?s)EXIT STATUS:(.*?)\n\n/)).1
    let promised = list.matches(of: /(?m)^  (\d+)\s/).map { String($0.1) }
    let held = try rows().compactMap { $0.promise.firstMatch(of: /^Exit status (\d+):/).map { String($0.1) } }
    try #require(promised.count > 8)
    #expect(promised == held)
  }
}
