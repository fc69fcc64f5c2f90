import Foundation
import Testing

/// The table of targets in the article on the architecture is true.
@Suite struct ArchitectureTests {
  private struct Target {
    let name: String
    let isTest: Bool
    let dependencies: [String]
  }

  private func targets() throws -> [Target] {
    let manifest = try Repository.text("Package.swift").replacing(/\/\/[^\n]*/, with: "")
    let start = try #require(manifest.range(of: "\n  targets: [")).upperBound
    let starts = manifest[start...].matches(of: /\.(target|executableTarget|systemLibrary|testTarget)\(/)
    return try starts.enumerated().map { index, match in
      let end = index + 1 < starts.count ? starts[index + 1].range.lowerBound : manifest.endIndex
      let text = manifest[match.range.upperBound..<end]
      let name = try #require(text.firstMatch(of: /name:\s*"([^"]+)"/)).1
      let list = text.firstMatch(of: /dependencies:\s*\[([^\]]*)\]/)?.1.replacing(
        /\.product\([^)]*\)/, with: "")
      return Target(
        name: String(name), isTest: match.1 == "testTarget",
        dependencies: list?.matches(of: /"([^"]+)"/).map { String($0.1) } ?? [])
    }
  }

  private func rooms() throws -> [[String]] {
    let path = try #require(Repository.documents.first { $0.hasSuffix("/Architecture.md") })
    let section = try Document(path).section("Rooms")
    return section.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { row in
      row.split(separator: "|", omittingEmptySubsequences: false).dropFirst().map(String.init)
    }
  }

  private func names(in cell: String) -> [String] { cell.matches(of: /`([^`]+)`/).map { String($0.1) } }

  @Test func tableListsTheTargetsOfThePackage() throws {
    let listed = try rooms().flatMap { names(in: $0[0]) }
    #expect(Set(listed).count == listed.count)
    let difference = try Set(listed).symmetricDifference(targets().filter { !$0.isTest }.map(\.name))
    #expect(difference == [], "targets of the table or the package alone")
  }

  @Test func forbiddenDependenciesAreAbsent() throws {
    let targets = try Dictionary(uniqueKeysWithValues: targets().map { ($0.name, $0) })
    for row in try rooms() {
      for name in names(in: row[0]) {
        let reached = Self.reached(from: name) { targets[$0]?.dependencies ?? [] }
        for forbidden in names(in: row[2]) {
          #expect(targets[forbidden] != nil, "\(name) must not depend on \(forbidden), which doesn't exist")
          #expect(!reached.contains(forbidden), "\(name) depends on \(forbidden)")
        }
      }
    }
  }

  /// Everything that can be reached from a node, without the node.
  private static func reached(from start: String, _ next: (String) -> [String]) -> Set<String> {
    var found: Set<String> = []
    var open = next(start)
    while let name = open.popLast() {
      if found.insert(name).inserted { open += next(name) }
    }
    return found
  }
}
