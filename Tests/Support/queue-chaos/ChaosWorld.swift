import Foundation

/// Something that went otherwise than it must.
struct ChaosError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// A line on standard output, at once.
func say(_ line: String) {
  try? FileHandle.standardOutput.write(contentsOf: Array((line + "\n").utf8))
}

/// A folder, and the program's processes, all of them marked by their environment.
final class ChaosWorld {
  let folder: String
  private let potline: String
  private let tag: String

  init(potline: String, tag: String) throws {
    (self.potline, self.tag) = (potline, tag)
    folder = NSTemporaryDirectory() + tag
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  /// Starts the program; what it says is appended to `NAME.log`, its standard output to `NAME.out`.
  func start(_ arguments: [String], name: String) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: potline)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = ProcessInfo.processInfo.environment.merging(["POTLINE_CHAOS": tag]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try file(name + ".out")
    process.standardError = try file(name + ".log")
    try process.run()
    return process
  }

  /// Runs the program to its end; its standard output.
  @discardableResult
  func run(_ arguments: [String], name: String) throws -> String {
    let process = try start(arguments, name: name)
    process.waitUntilExit()
    return try result(of: process, name: name)
  }

  /// The standard output of a process that has ended well.
  func result(of process: Process, name: String) throws -> String {
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      let said = (try? String(contentsOfFile: "\(folder)/\(name).log", encoding: .utf8)) ?? ""
      throw ChaosError(
        "potline \((process.arguments ?? []).joined(separator: " ")) ended with \(process.terminationStatus): "
          + String(said.suffix(2000)))
    }
    return try String(contentsOfFile: "\(folder)/\(name).out", encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// The processes of this world that live.
  func living() -> [pid_t] { ProcessTable.marked(tag) }

  func killEverything() { for pid in living() { kill(pid, SIGKILL) } }

  private func file(_ name: String) throws -> FileHandle {
    let path = "\(folder)/\(name)"
    if !FileManager.default.fileExists(atPath: path) {
      _ = FileManager.default.createFile(atPath: path, contents: nil)
    }
    guard let handle = FileHandle(forWritingAtPath: path) else { throw ChaosError("can't write \(path)") }
    try handle.seekToEnd()
    return handle
  }
}
