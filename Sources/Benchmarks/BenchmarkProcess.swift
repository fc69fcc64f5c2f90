import Foundation

/// Another process of this program that measures when it is told to: one line of text to it, one line back.
final class BenchmarkProcess {
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private var received: [UInt8] = []

  /// Starts the program with these arguments.
  init(_ arguments: [String]) throws {
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe")
    process.arguments = arguments
    process.standardInput = input
    process.standardOutput = output
    try process.run()
  }

  deinit {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// A line to the process that started this one.
  static func say(_ line: String) throws {
    try FileHandle.standardOutput.write(contentsOf: Array((line + "\n").utf8))
  }

  var pid: Int32 { process.processIdentifier }

  /// Asks it to end, and waits until it has.
  func terminate() {
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
  }

  func send(_ line: String) throws {
    try input.fileHandleForWriting.write(contentsOf: Array((line + "\n").utf8))
  }

  /// The next line. Throws ``BenchmarkError`` if the process ends without one.
  func receive() throws -> String {
    while true {
      if let end = received.firstIndex(of: 0x0A) {
        defer { received.removeSubrange(...end) }
        return String(decoding: received[..<end], as: UTF8.self)
      }
      let data = output.fileHandleForReading.availableData
      guard !data.isEmpty else {
        throw BenchmarkError("a process that was to measure ended before it answered")
      }
      received += data
    }
  }
}

/// A measurement that could not be made.
package struct BenchmarkError: Error, CustomStringConvertible {
  /// Why.
  package let description: String
  init(_ description: String) { self.description = description }
}
