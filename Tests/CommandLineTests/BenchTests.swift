import Foundation
import Testing

@Suite struct BenchTests {
  #if DEBUG
    @Test func debugBuildRefuses() throws {
      let folder = try TestFolder()
      let result = try Program.run("bench", "--quick", in: folder)
      #expect(result.status == 64)
      #expect(result.output.isEmpty)
      #expect(result.errors.contains("--configuration release"))
    }
  #endif

  @Test func unknownSectionIsRefusedWithTheChoices() throws {
    let folder = try TestFolder()
    let result = try Program.run("bench", "--only", "speed", in: folder)
    #expect(result.status == 64)
    #expect(result.errors.contains("peak") && result.errors.contains("processes"))
  }

  /// The processes that a benchmark starts: they train as long as they are told to, and leave when nobody asks.
  @Test func trainingProcessAnswersEachLine() throws {
    let process = Process()
    let (input, output) = (Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = ["bench-process", "train"]
    (process.standardInput, process.standardOutput) = (input, output)
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Array("0.01\n0.2\n".utf8))
    try input.fileHandleForWriting.close()
    let lines = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
      .split(separator: "\n").map(String.init)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(lines.count == 3 && lines.first == "ready")
    for (line, seconds) in zip(lines.dropFirst(), [0.01, 0.2]) {
      let numbers = line.split(separator: " ").compactMap { Double($0) }
      #expect(numbers.count == 2 && numbers[0] >= 64 && numbers[1] >= seconds, "\(line)")
    }
  }

  @Test func memoryProcessTellsWhatItTook() throws {
    let folder = try TestFolder()
    try Program.run("simulate", "-o", "data", "--trajectories", "40", "--steps", "1500", in: folder)
    let result = try Program.run("bench-process", "memory", "data/dataset.safetensors", in: folder)
    #expect(result.status == 0, "\(result.errors)")
    let numbers = result.output.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    #expect(numbers.count == 2 && numbers[0] > numbers[1] && numbers[1] > 100_000, "\(result.output)")
  }
}
