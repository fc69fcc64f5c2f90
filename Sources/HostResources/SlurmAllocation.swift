/// The part of a node that Slurm gave to this process, by the environment of a job.
struct SlurmAllocation {
  /// A number and the variable that it comes from.
  struct Limit: Equatable {
    let value: Int
    let variable: String
  }

  private let environment: [String: String]

  /// nil outside of a job.
  init?(environment: [String: String]) {
    guard environment["SLURM_JOB_ID"] != nil else { return nil }
    self.environment = environment
  }

  /// Processors of this process; nil if the job doesn't say.
  ///
  /// A task that `srun` started has its own, or shares the node's with the other tasks of its step. A batch script has
  /// all of the node.
  var processors: Limit? {
    guard environment["SLURM_STEP_ID"] != nil else { return ofNode }
    if let limit = number("SLURM_CPUS_PER_TASK") { return limit }
    guard let node = ofNode else { return nil }
    let tasks = list("SLURM_STEP_TASKS_PER_NODE").flatMap { place(in: $0) } ?? 1
    return Limit(value: max(1, node.value / max(1, tasks)), variable: node.variable)
  }

  /// Bytes of memory on this node; nil if the job doesn't say, or has all of it.
  var memory: Limit? {
    if let node = number("SLURM_MEM_PER_NODE") {
      return Limit(value: node.value << 20, variable: node.variable)
    }
    guard let each = number("SLURM_MEM_PER_CPU"), let processors = ofNode else { return nil }
    return Limit(value: each.value.multipliedClamped(by: processors.value) << 20, variable: each.variable)
  }

  private var ofNode: Limit? {
    if let limit = number("SLURM_CPUS_ON_NODE") { return limit }
    guard let counts = list("SLURM_JOB_CPUS_PER_NODE"), let count = place(in: counts) else { return nil }
    return Limit(value: count, variable: "SLURM_JOB_CPUS_PER_NODE")
  }

  private func number(_ variable: String) -> Limit? {
    guard let value = environment[variable].flatMap({ Int($0) }), (1..<1 << 40).contains(value) else {
      return nil
    }
    return Limit(value: value, variable: variable)
  }

  /// A list such as `72(x2),36`: a number for each node.
  private func list(_ variable: String) -> [(value: Int, count: Int)]? {
    guard let text = environment[variable] else { return nil }
    var list: [(Int, Int)] = []
    for entry in text.split(separator: ",") {
      let parts = entry.split(separator: "(", maxSplits: 1)
      let count = parts.count == 1 ? 1 : Int(parts[1].dropFirst().dropLast())
      guard let value = Int(parts[0]), let count, value > 0, count > 0 else { return nil }
      list.append((value, count))
    }
    return list.isEmpty ? nil : list
  }

  /// The number for this node; the least one outside of the job's nodes.
  private func place(in list: [(value: Int, count: Int)]) -> Int? {
    guard var node = environment["SLURM_NODEID"].flatMap({ Int($0) }), node >= 0 else {
      return list.map(\.value).min()
    }
    for (value, count) in list {
      if node < count { return value }
      node -= count
    }
    return list.map(\.value).min()
  }
}

extension Int {
  fileprivate func multipliedClamped(by other: Int) -> Int {
    let (product, isOverflow) = multipliedReportingOverflow(by: other)
    return isOverflow || product >= 1 << 40 ? 1 << 40 : product
  }
}
