import Foundation
import Testing

/// A short run of `scripts/chaos`.
@Suite struct ChaosTests {
  @Test(.timeLimit(.minutes(10)))
  func resultsAreThoseOfUndisturbedRuns() throws {
    let folder = try TestFolder()
    let chaos = URL(fileURLWithPath: Program.path).deletingLastPathComponent().appendingPathComponent(
      "queue-chaos")
    let process = Process()
    let output = Pipe()
    process.executableURL = chaos
    process.arguments = [
      "--potline", Program.path, "--minutes", "0.4", "--faults", "10", "--seed", "7", "--member-seconds", "1",
    ]
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    try process.run()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
    let faults = text.split(separator: "\n").compactMap { line -> Int? in
      let words = line.split(separator: " ")
      return words.count > 2 && words[1] == "faults" && words[2] == "in" ? Int(words[0]) : nil
    }
    #expect(faults.last ?? 0 >= 10, "\(text)")
  }
}
