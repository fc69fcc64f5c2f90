import Files

/// The control groups of a process: limits of processor time and memory that the system keeps, version 1 and 2.
///
/// Reads `proc/self/cgroup`, `proc/self/mountinfo` and the groups' files below a root folder. A file that is missing
/// or can't be read gives no limit: the limits are hints, and the system keeps them by itself.
struct ControlGroups {
  /// A limit and the group that has it, as `/sys/fs/cgroup/a/cpu.max`.
  struct Limit<Value> {
    let value: Value
    let file: String
  }

  private struct Group {
    let isUnified: Bool
    /// The folders of the group and of those above it, innermost first, without the root folder.
    let folders: [String]
  }

  private let root: String
  private let groups: (processor: [Group], memory: [Group])

  init(root: String) {
    self.root = root == "/" ? "" : root
    let membership = Self.text(self.root + "/proc/self/cgroup")
    let mounts = Mount.all(Self.text(self.root + "/proc/self/mountinfo"))
    let lines = membership.split(separator: "\n")
    groups = (
      lines.compactMap { Self.group($0, controlling: "cpu", mounts) },
      lines.compactMap { Self.group($0, controlling: "memory", mounts) }
    )
  }

  /// The group of a line `4:memory:/a/b`, or `0::/a/b` of version 2; nil if it doesn't control that.
  private static func group(_ line: Substring, controlling controller: Substring, _ mounts: [Mount]) -> Group?
  {
    let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard fields.count == 3 else { return nil }
    let isUnified = fields[0] == "0" && fields[1].isEmpty
    guard isUnified || fields[1].split(separator: ",").contains(controller) else { return nil }
    let mount = mounts.last { mount in
      if isUnified { return mount.type == "cgroup2" }
      return mount.type == "cgroup" && mount.options.contains(controller)
    }
    return mount.map { Group(isUnified: isUnified, folders: $0.folders(of: String(fields[2]))) }
  }

  /// The least share of processors, as of half a processor, of the group and of those above it.
  func processors() -> Limit<Double>? {
    limits(groups.processor) { isUnified, folder in
      if isUnified {
        // "50000 100000": quota and period in microseconds; "max 100000" for no limit.
        let fields = words("\(folder)/cpu.max")
        guard fields.count == 2, let quota = Double(fields[0]), let period = Double(fields[1]) else {
          return nil
        }
        return Self.share(quota, of: period, "\(folder)/cpu.max")
      }
      guard let quota = words("\(folder)/cpu.cfs_quota_us").first.flatMap({ Double($0) }),
        let period = words("\(folder)/cpu.cfs_period_us").first.flatMap({ Double($0) })
      else { return nil }
      return Self.share(quota, of: period, "\(folder)/cpu.cfs_quota_us")
    }.min { $0.value < $1.value }
  }

  /// The least number of bytes, of the group and of those above it.
  func memory() -> Limit<Int>? {
    limits(groups.memory) { isUnified, folder in
      let file = "\(folder)/\(isUnified ? "memory.max" : "memory.limit_in_bytes")"
      // Version 1 has no word for no limit, but a number near 2^63.
      guard let bytes = words(file).first.flatMap({ Int($0) }), (0..<1 << 60).contains(bytes) else {
        return nil
      }
      return Limit(value: bytes, file: file)
    }.min { $0.value < $1.value }
  }

  /// How many processes of the group and of those below it the kernel has killed for lack of memory; nil if the innermost
  /// group doesn't count them, as the topmost one.
  func memoryKills() -> Int? {
    for group in groups.memory {
      guard let folder = group.folders.first else { continue }
      let lines = Self.text(root + folder + (group.isUnified ? "/memory.events" : "/memory.oom_control"))
      for line in lines.split(separator: "\n") where line.hasPrefix("oom_kill ") {
        if let count = Int(line.dropFirst("oom_kill ".count)) { return count }
      }
    }
    return nil
  }

  private func limits<Value>(
    _ groups: [Group], _ limit: (_ isUnified: Bool, _ folder: String) -> Limit<Value>?
  ) -> [Limit<Value>] {
    groups.flatMap { group in group.folders.compactMap { limit(group.isUnified, $0) } }
  }

  private static func share(_ quota: Double, of period: Double, _ file: String) -> Limit<Double>? {
    quota > 0 && period > 0 ? Limit(value: quota / period, file: file) : nil
  }

  private func words(_ file: String) -> [Substring] {
    Self.text(root + file).split(whereSeparator: \.isWhitespace)
  }

  /// At most 64 KiB: the system's own files have no size to ask for, and are shorter.
  private static func text(_ path: String) -> String {
    String(decoding: (try? FileContent.first(65_536, of: path)) ?? [], as: UTF8.self)
  }
}

/// A mounted file system of control groups.
private struct Mount {
  /// The group at its top.
  let top: String
  let place: String
  let type: Substring
  /// Controllers, and other options.
  let options: Set<Substring>

  /// The mounts of control groups in the text of a `mountinfo`.
  static func all(_ text: String) -> [Mount] {
    text.split(separator: "\n").compactMap { line in
      // 30 23 0:26 / /sys/fs/cgroup/cpu rw,relatime shared:9 - cgroup cgroup rw,cpu
      let fields = line.split(separator: " ")
      guard let dash = fields.firstIndex(of: "-"), dash >= 5, fields.count > dash + 3,
        fields[dash + 1].hasPrefix("cgroup")
      else { return nil }
      return Mount(
        top: unescaped(fields[3]), place: unescaped(fields[4]), type: fields[dash + 1],
        options: Set(fields[dash + 3].split(separator: ",")))
    }
  }

  /// The folders of a group and of those above it, as far as the mount shows them.
  func folders(of group: String) -> [String] {
    // A container may see its own group at the top of the mount, or a group outside of it: then the top is all there is.
    var names = group.split(separator: "/")
    let above = top.split(separator: "/")
    names = names.starts(with: above) && !names.contains("..") ? Array(names.dropFirst(above.count)) : []
    return (0...names.count).reversed().map { count in
      ([place == "/" ? "" : place] + names.prefix(count).map(String.init)).joined(separator: "/")
    }
  }

  /// Spaces and the like are written as `\040`.
  private static func unescaped(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      if byte == UInt8(ascii: "\\"), let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8) {
        bytes.append(value)
        rest = rest.dropFirst(digits.count)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
