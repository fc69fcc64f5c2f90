import Files

extension HostResources {
  /// How many processes the kernel has killed for lack of memory: in the control group of this process or, where that
  /// doesn't count them, on the whole host. nil if the system doesn't say. It grows while the process runs.
  package static func memoryKills() -> Int? { memoryKills(root: "/") }

  /// - Parameter root: The folder that holds `proc` and `sys`.
  static func memoryKills(root: String) -> Int? {
    if let kills = ControlGroups(root: root).memoryKills() { return kills }
    // Without a size, and with the counters of all subsystems.
    guard let bytes = try? FileContent.all(of: (root == "/" ? "" : root) + "/proc/vmstat")
    else {
      return nil
    }
    let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first {
      $0.hasPrefix("oom_kill ")
    }
    return line.flatMap { Int($0.dropFirst("oom_kill ".count)) }
  }
}
