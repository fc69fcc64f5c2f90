import Foundation

/// The system's processes, out of `/proc`.
enum ProcessTable {
  /// The living children of a process.
  static func children(of parent: pid_t) -> [pid_t] {
    all().filter { pid in
      guard let status = status(pid) else { return false }
      return status.contains("\nPPid:\t\(parent)\n") && !status.contains("\nState:\tZ")
    }
  }

  /// The living processes that have this in their environment.
  static func marked(_ text: String) -> [pid_t] {
    all().filter { pid in
      guard let environment = FileManager.default.contents(atPath: "/proc/\(pid)/environ") else {
        return false
      }
      return environment.range(of: Data(text.utf8)) != nil && status(pid)?.contains("\nState:\tZ") == false
    }
  }

  static func commandLine(of pid: pid_t) -> String {
    let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
    return String(decoding: bytes.map { $0 == 0 ? 0x20 : $0 }, as: UTF8.self)
  }

  private static func all() -> [pid_t] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { pid_t($0) }.sorted()
  }

  private static func status(_ pid: pid_t) -> String? {
    try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
  }
}
