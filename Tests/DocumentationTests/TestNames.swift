import Foundation

/// The suites and tests of the repository, read from its sources.
enum TestNames {
  /// Every test as `Suite.function`.
  static let all: Set<String> = Set(found.filter { !$0.test.isEmpty }.map { "\($0.suite).\($0.test)" })

  /// Every suite that has a test.
  static let suites: Set<String> = Set(found.map(\.suite))

  private static let found: [(suite: String, test: String)] = Repository.testFiles.flatMap { path in
    (try? Repository.text(path)).map(tests(in:)) ?? []
  }

  /// Functions that follow `@Test`, each with its type. Suites aren't nested.
  private static func tests(in text: String) -> [(suite: String, test: String)] {
    var found: [(suite: String, test: String)] = []
    var suite = ""
    var isAnnounced = false
    for line in text.split(separator: "\n") {
      if let match = line.firstMatch(of: /(?:^|\s)(?:struct|class|actor|extension) ([A-Z][A-Za-z0-9]*)/),
        line.first != " "
      {
        suite = String(match.1)
      }
      if line.drop(while: { $0 == " " }).hasPrefix("@Test") { isAnnounced = true }
      if isAnnounced, let match = line.firstMatch(of: /func `?([A-Za-z0-9_]+)/) {
        found.append((suite, String(match.1)))
        isAnnounced = false
      }
    }
    return found
  }
}
