import Foundation
import Testing

/// The repository that these tests were built from.
enum Repository {
  /// Its root folder, without a slash at the end.
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  /// Every Markdown file, by its path from the root.
  static let documents = files(in: "", suffix: ".md")

  /// Every Swift file of the tests, by its path from the root.
  static let testFiles = files(in: "Tests", suffix: ".swift")

  /// Every Swift file of the program and its libraries, by its path from the root.
  static let sourceFiles = files(in: "Sources", suffix: ".swift")

  static func text(_ path: String) throws -> String {
    try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)
  }

  static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(root)/\(path)")
  }

  /// Files below a folder (all of the repository: ""), without builds, results and other hidden folders.
  private static func files(in folder: String, suffix: String) -> [String] {
    let start = folder.isEmpty ? root : "\(root)/\(folder)"
    guard let entries = FileManager.default.enumerator(atPath: start) else { return [] }
    var found: [String] = []
    while let entry = entries.nextObject() as? String {
      let name = entry.split(separator: "/").last ?? ""
      if name.hasPrefix(".") || entry.hasPrefix("results") { entries.skipDescendants() }
      if !name.hasPrefix("."), name.hasSuffix(suffix) {
        found.append(folder.isEmpty ? entry : "\(folder)/\(entry)")
      }
    }
    return found.sorted()
  }
}

/// A Markdown file, split into what the tests look at.
struct Document {
  let path: String
  let text: String

  init(_ path: String) throws {
    self.path = path
    text = try Repository.text(path)
  }

  /// The folder of the file, with a slash at the end; "" at the root.
  var folder: String { path.lastIndex(of: "/").map { String(path[...$0]) } ?? "" }

  /// The text of every code span and of every line of a code block.
  var code: [String] {
    var found: [String] = []
    var fenced = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        fenced.toggle()
      } else if fenced || line.hasPrefix("    ") {
        found.append(line.trimmingCharacters(in: .whitespaces))
      } else {
        found += line.matches(of: /`+([^`]+)`+/).map { String($0.1) }
      }
    }
    return found
  }

  /// The rows of every table, without the heading's underline; each cell without surrounding spaces.
  var tableRows: [[String]] {
    text.split(separator: "\n").filter { $0.hasPrefix("|") && !$0.hasPrefix("|--") }.map { line in
      line.dropFirst().split(separator: "|", omittingEmptySubsequences: false).dropLast()
        .map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  /// The part below a heading, up to the next heading of the same or a higher level.
  func section(_ title: String) throws -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(
      lines.firstIndex { $0.hasPrefix("#") && $0.drop { $0 == "#" }.dropFirst() == title[...] },
      "\(path) has no heading '\(title)'")
    let level = lines[start].prefix { $0 == "#" }.count
    let rest = lines[(start + 1)...]
    let end = rest.firstIndex { $0.hasPrefix("#") && $0.prefix { $0 == "#" }.count <= level } ?? rest.endIndex
    return rest[..<end].joined(separator: "\n")
  }
}
