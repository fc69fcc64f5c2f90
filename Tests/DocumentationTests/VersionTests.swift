import Foundation
import Testing

/// The changelog's versions are those of the sources.
@Suite struct VersionTests {
  private static let sources: [(name: String, text: String)] = Repository.sourceFiles.compactMap { path in
    let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    return (try? Repository.text(path)).map { (name, $0) }
  }

  private func formats() throws -> [[String]] {
    let rows = try Document("CHANGELOG.md").tableRows.filter { $0.first != "format" }
    try #require(rows.count > 10)
    return rows
  }

  @Test func newestVersionIsTheProgramsOwn() throws {
    let versions = try Repository.text("CHANGELOG.md").matches(of: /(?m)^## (\d+\.\d+\.\d+)$/).map(\.1)
    let source = try #require(Self.sources.first { $0.name == "Version" }).text
    let current = try #require(source.firstMatch(of: /current = "([^"]+)"/)).1
    #expect(versions.first == current)
  }

  /// In the sources a format is `"potline-NAME-VERSION"`.
  @Test func namedFormatsAreThoseOfTheSources() throws {
    let listed = try formats().compactMap {
      $0[1].wholeMatch(of: /`(potline-[a-z-]+-\d+)`/).map { String($0.1) }
    }
    let used = Self.sources.flatMap { source in
      source.text.matches(of: /"(potline-[a-z-]+-\d+)"/).map { String($0.1) }
    }
    #expect(listed.sorted() == Set(used).sorted())
  }

  /// In the sources a version is a constant `currentFormat`, `format` or `version` in a file named after the type.
  @Test func numberedFormatsAreThoseOfTheSources() throws {
    let listed = try formats().compactMap { row in
      row[1].wholeMatch(of: /\d+/).map { "\(row[2].filter { $0 != "`" }) \($0.0)" }
    }
    let used = Self.sources.flatMap { source in
      source.text
        .matches(of: /(?m)(?:let|var) (?:currentFormat|format|version)(?:: Int)? = (\d+)$/)
        .map { "\(source.name) \($0.1)" }
    }
    let migrations = Self.sources.flatMap { $0.text.matches(of: /registerMigration\("(\d+)"\)/).map(\.1) }
    let journal = try #require(migrations.compactMap { Int($0) }.max())
    #expect(listed.sorted() == (used + ["JournalSchema \(journal)"]).sorted())
  }

  @Test func formatsNameTheTypesThatDefineThem() throws {
    for row in try formats() {
      let type = row[2].filter { $0 != "`" }
      let declaration = try Regex("(struct|enum|class|extension) \(type)\\b")
      #expect(Self.sources.contains { $0.text.contains(declaration) }, "\(row[0]): there is no type \(type)")
    }
  }
}
