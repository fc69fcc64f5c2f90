import StudyFiles
import Foundation
import Testing

@Suite struct DatasetPathsTests {
  /// Runs a test in a folder with a few files, and gives it a function that finds names.
  private func withFolder(
    _ body: (_ find: ([String]) throws -> [String], _ root: String) throws -> Void
  ) throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "paths-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    try FileManager.default.createDirectory(
      at: root.appending(path: "runs/inner.csv"), withIntermediateDirectories: true)
    for name in [
      "one.csv", "runs/b-10.csv", "runs/a.csv", "runs/b-2.csv", "runs/note.txt", "runs/.hidden.csv",
    ] {
      try Data("x\n".utf8).write(to: root.appending(path: name))
    }
    let base = root.standardizedFileURL.path
    let find = { (entries: [String]) in
      try DatasetPaths.files(entries, relativeTo: root.path).map { path in
        path.hasPrefix(base + "/") ? String(path.dropFirst(base.count + 1)) : path
      }
    }
    try body(find, base)
  }

  @Test func filesFoldersAndPatterns() throws {
    try withFolder { find, root in
      try #expect(find(["one.csv"]) == ["one.csv"])
      try #expect(find(["runs", "one.csv"]) == ["runs/a.csv", "runs/b-10.csv", "runs/b-2.csv", "one.csv"])
      try #expect(find(["runs/b*.csv"]) == ["runs/b-10.csv", "runs/b-2.csv"])
      try #expect(find(["runs/b-?.csv"]) == ["runs/b-2.csv"])
      try #expect(find(["runs/*o*e*"]) == ["runs/note.txt"])
      try #expect(find(["runs/../one.csv"]) == ["one.csv"])
      try #expect(find([root + "/one.csv"]) == ["one.csv"])
    }
  }

  @Test func filesAreSortedByTheirBytes() throws {
    try withFolder { find, root in
      let names = (0..<40).map { "many-\($0 * 7 % 40).csv" }
      for name in names { try Data().write(to: URL(fileURLWithPath: root + "/" + name)) }
      try #expect(find(["many-*"]) == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }
  }

  @Test(arguments: [
    (["two.csv"], "'two.csv': there is no file or folder "), (["runs/z*"], "'runs/z*': no file in "),
    (["*/a.csv"], "only the last part of a path can be a pattern"),
    (["gone/*.csv"], "can't be listed"),
    (["runs", "runs/a.csv"], "is there twice, by 'runs' and by 'runs/a.csv'"),
  ])
  func whatIsNotThereIsRefused(entries: [String], message: String) throws {
    try withFolder { find, _ in
      let error = #expect(throws: DatasetPathError.self) { _ = try find(entries) }
      #expect(error?.description.contains(message) == true)
    }
  }
}
