import Foundation

/// The program of the tests' worker processes.
final class WorkerProgram: @unchecked Sendable {  // `Process` is used by one test's thread at a time.
  /// It is built beside the tests.
  static let path: String = {
    var bytes = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &bytes, bytes.count)
    let own = String(decoding: bytes.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    return (own as NSString).deletingLastPathComponent + "/queue-test-worker"
  }()

  private let process = Process()

  convenience init(_ arguments: String...) throws { try self.init(arguments) }

  init(_ arguments: [String]) throws {
    process.executableURL = URL(fileURLWithPath: Self.path)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    try process.run()
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  var pid: pid_t { process.processIdentifier }
  var isRunning: Bool { process.isRunning }
  var exitCode: Int32? {
    process.isRunning || process.terminationReason != .exit ? nil : process.terminationStatus
  }

  func send(_ signal: Int32) { kill(pid, signal) }
}

/// Whether a process is there and no zombie.
func isAlive(_ pid: pid_t) -> Bool {
  guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else { return false }
  return !status.contains("State:\tZ")
}

/// The processes whose parent is `parent`.
func children(of parent: pid_t) -> [pid_t] {
  let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
  return all.compactMap { pid_t($0) }.filter { pid in
    let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
    return status?.contains("PPid:\t\(parent)\n") == true
  }
}
