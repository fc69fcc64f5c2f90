import Foundation

/// Texts as they were last looked at, in the folder `Snapshots` beside a test's file.
///
/// After a change that was meant: `POTLINE_RECORD_SNAPSHOTS=1 swift test --filter SUITE`, and read the diff.
package enum Snapshot {
  /// The texts of the errors that the closures throw, a line each; "no error" where none is thrown.
  package static func errors(_ bodies: [() throws -> Void]) -> String {
    bodies.map { body in
      do { try body() } catch { return "\(error)\n" }
      return "no error\n"
    }.joined()
  }

  /// The recorded text of that name; `text` itself is recorded first if that is asked for. Throws if there is none.
  package static func recorded(_ name: String, of text: String, testFile: String = #filePath) throws -> String
  {
    let folder = URL(fileURLWithPath: testFile).deletingLastPathComponent().path + "/Snapshots"
    let path = "\(folder)/\(name).txt"
    if ProcessInfo.processInfo.environment["POTLINE_RECORD_SNAPSHOTS"] == "1" {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try text.write(toFile: path, atomically: true, encoding: .utf8)
    }
    return try String(contentsOfFile: path, encoding: .utf8)
  }
}
