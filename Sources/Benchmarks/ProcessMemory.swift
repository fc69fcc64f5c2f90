import Foundation

/// What the system knows of a process's memory.
enum ProcessMemory {
  /// A line of `/proc/PID/status`; of this process unless another is named.
  static func kilobytes(_ key: String, of pid: Int32? = nil) throws -> Int {
    let path = "/proc/\(pid.map { "\($0)" } ?? "self")/status"
    let status = try String(contentsOfFile: path, encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix(key + ":") }
    guard
      let number = line?.split(whereSeparator: { " \t".contains($0) }).dropFirst().first.flatMap({ Int($0) })
    else {
      throw BenchmarkError("this system doesn't tell a process's \(key)")
    }
    return number
  }
}
