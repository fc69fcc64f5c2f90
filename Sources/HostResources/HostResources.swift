import Files
import Dispatch
import Foundation
import Synchronization

/// Processors and memory that this process may use, and what limits them.
package struct HostResources: Sendable {
  /// What limits the processors.
  package enum ProcessorLimit: Hashable, Sendable, CustomStringConvertible {
    /// The host has only so many.
    case host
    /// The process's affinity mask, as `taskset`, a cpuset or a container sets it.
    case affinity
    /// A control group's share of processor time, and the file that says so.
    case quota(share: Double, file: String)
    /// Slurm's allocation, and the variable that says so.
    case slurm(variable: String)

    /// “this host's processors”, “the quota of 0.5 processors in /sys/fs/cgroup/a/cpu.max”
    package var description: String {
      switch self {
      case .host: "this host's processors"
      case .affinity: "the processor affinity of this process"
      case .quota(let share, let file): "the quota of \(Self.text(share)) processors in \(file)"
      case .slurm(let variable): "Slurm's allocation (\(variable))"
      }
    }

    /// In a word or two, for a table; nil for the host itself.
    package var shortName: String? {
      switch self {
      case .host: nil
      case .affinity: "affinity"
      case .quota: "quota"
      case .slurm: "Slurm"
      }
    }

    private static func text(_ share: Double) -> String {
      let hundredths = Int((min(share, 1e6) * 100).rounded())
      let (whole, rest) = (hundredths / 100, hundredths % 100)
      if rest == 0 { return "\(whole)" }
      return rest % 10 == 0 ? "\(whole).\(rest / 10)" : "\(whole).\(rest < 10 ? "0" : "")\(rest)"
    }
  }

  /// What limits the memory.
  package enum MemoryLimit: Hashable, Sendable, CustomStringConvertible {
    /// The host has only so much.
    case host
    /// A control group, and the file that says so.
    case group(file: String)
    /// `ulimit -v`.
    case addressSpace
    /// Slurm's allocation, and the variable that says so.
    case slurm(variable: String)

    /// “this host's memory”, “the limit in /sys/fs/cgroup/a/memory.max”
    package var description: String {
      switch self {
      case .host: "this host's memory"
      case .group(let file): "the limit in \(file)"
      case .addressSpace: "the limit of address space (`ulimit -v`)"
      case .slurm(let variable): "Slurm's allocation (\(variable))"
      }
    }
  }

  /// Processors that can be used at a time, at least 1: as many processes make sense.
  package let processors: Int
  /// What limits the processors: the tightest of the limits.
  package let processorLimit: ProcessorLimit
  /// Bytes; nil if the system doesn't say.
  package let memory: Int?
  /// What limits the memory.
  package let memoryLimit: MemoryLimit

  /// Those of this process. They don't change while it runs, as far as it cares.
  package static let current = HostResources(
    root: "/", environment: environmentVariables(), addressSpace: addressSpaceLimit())

  /// - Parameters:
  ///   - root: The folder that holds `proc` and `sys`.
  ///   - environment: The process's environment.
  ///   - addressSpace: The limit of the address space in bytes; nil for no limit.
  init(root: String, environment: [String: String], addressSpace: Int?) {
    let root = root == "/" ? "" : root
    let groups = ControlGroups(root: root)
    let slurm = SlurmAllocation(environment: environment)

    let online = Self.online(root: root)
    var processors: [(count: Int, limit: ProcessorLimit)] = [
      (online?.count ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), .host)
    ]
    if let allowed = Self.allowed(root: root) {
      // The mask also has processors that the host could have and hasn't.
      processors.append((max(1, (online.map(allowed.intersection) ?? allowed).count), .affinity))
    }
    if let quota = groups.processors() {
      let count = max(1, Int(min(quota.value, 1e6).rounded(.up)))
      processors.append((count, .quota(share: quota.value, file: quota.file)))
    }
    if let limit = slurm?.processors { processors.append((limit.value, .slurm(variable: limit.variable))) }
    // Of equal limits the first one, which is the plainest.
    let tightest = processors.reduce(processors[0]) { $1.count < $0.count ? $1 : $0 }
    (self.processors, processorLimit) = tightest

    var memory: [(bytes: Int, limit: MemoryLimit)] = []
    if let bytes = Self.physicalMemory(root: root) { memory.append((bytes, .host)) }
    if let limit = groups.memory() { memory.append((limit.value, .group(file: limit.file))) }
    if let limit = slurm?.memory { memory.append((limit.value, .slurm(variable: limit.variable))) }
    if let addressSpace { memory.append((addressSpace, .addressSpace)) }
    let least = memory.dropFirst().reduce(memory.first) { least, next in
      least.map { next.bytes < $0.bytes ? next : $0 } ?? next
    }
    (self.memory, memoryLimit) = (least?.bytes, least?.limit ?? .host)
  }

  /// Calls `body` with 0, 1, ... `count` - 1, on as many threads as there are processors to use.
  package func concurrently(_ count: Int, _ body: @Sendable (Int) -> Void) {
    guard count > 0 else { return }
    let next = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: min(processors, count)) { _ in
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        body(index)
      }
    }
  }

  /// The line `MemTotal:  24684092 kB` of `proc/meminfo`, in bytes.
  private static func physicalMemory(root: String) -> Int? {
    let words = value(of: "MemTotal", in: root + "/proc/meminfo")?.split(separator: " ")
    return words?.first.flatMap { Int($0) }.flatMap { (1..<1 << 50).contains($0) ? $0 << 10 : nil }
  }

  /// The processors of the host; nil if the system doesn't say.
  private static func online(root: String) -> Set<Int>? {
    numbers(text(root + "/sys/devices/system/cpu/online"))
  }

  /// The processors in the affinity mask, which are those of the line `Cpus_allowed_list:  0-3,8` of
  /// `proc/self/status`: Swift can't call `sched_getaffinity`. nil if the system doesn't say.
  private static func allowed(root: String) -> Set<Int>? {
    value(of: "Cpus_allowed_list", in: root + "/proc/self/status").flatMap(numbers)
  }

  /// The numbers of a list such as `0-3,8`; nil for anything else.
  private static func numbers(_ list: String) -> Set<Int>? {
    var numbers: Set<Int> = []
    for range in list.filter({ !$0.isWhitespace }).split(separator: ",") {
      let ends = range.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first >= 0,
        (first..<first + 65_536).contains(last)
      else { return nil }
      numbers.formUnion(first...last)
    }
    return numbers.isEmpty ? nil : numbers
  }

  /// What follows `key:` in a file of the system.
  private static func value(of key: String, in path: String) -> String? {
    let line = text(path).split(separator: "\n").first { $0.hasPrefix(key + ":") }
    return line.map { $0.dropFirst(key.count + 1).trimmingCharacters(in: .whitespaces) }
  }

  private static func text(_ path: String) -> String {
    String(decoding: (try? FileContent.first(65_536, of: path)) ?? [], as: UTF8.self)
  }

  private static func addressSpaceLimit() -> Int? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { return nil }
    return limit.rlim_cur < 1 << 60 ? Int(limit.rlim_cur) : nil
  }

  /// Only the variables that Slurm sets.
  private static func environmentVariables() -> [String: String] {
    var variables: [String: String] = [:]
    for name in [
      "SLURM_JOB_ID", "SLURM_STEP_ID", "SLURM_CPUS_PER_TASK", "SLURM_CPUS_ON_NODE", "SLURM_NODEID",
      "SLURM_JOB_CPUS_PER_NODE", "SLURM_STEP_TASKS_PER_NODE", "SLURM_MEM_PER_NODE", "SLURM_MEM_PER_CPU",
    ] {
      if let value = getenv(name) { variables[name] = String(cString: value) }
    }
    return variables
  }
}
