import Files
import Foundation
import Synchronization
import Testing

@testable import HostResources

/// Limits as the system's own files give them, from copies in a folder.
@Suite struct HostResourcesTests {
  /// Eight processors and 1 GiB.
  private static let host = [
    "proc/self/status": "Name:\tpotline\nCpus_allowed_list:\t0-7\n", "sys/devices/system/cpu/online": "0-7\n",
    "proc/meminfo": "MemTotal:        1048576 kB\nMemFree: 1 kB\n",
  ]

  private static let unifiedMount =
    "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"

  private func resources(
    _ files: [String: String], environment: [String: String] = [:], addressSpace: Int? = nil
  ) throws -> HostResources {
    let root = NSTemporaryDirectory() + "potline-host-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: root) }
    for (name, text) in Self.host.merging(files, uniquingKeysWith: { $1 }) {
      let path = "\(root)/\(name)"
      try Folder.make(URL(fileURLWithPath: path).deletingLastPathComponent().path)
      try AtomicFile.write(Array(text.utf8), to: path)
    }
    return HostResources(root: root, environment: environment, addressSpace: addressSpace)
  }

  @Test func hostItself() throws {
    let resources = try resources([:])
    #expect(resources.processors == 8 && resources.processorLimit == .host)
    #expect(resources.memory == 1 << 30 && resources.memoryLimit == .host)
  }

  @Test func nothingKnown() throws {
    let resources = HostResources(root: "/nowhere", environment: [:], addressSpace: nil)
    #expect(resources.processors >= 1 && resources.processorLimit == .host)
    #expect(resources.memory == nil)
  }

  @Test(arguments: [
    ("2", 1), ("0,2,4-5", 4), ("0-127", 8), ("100-101", 1), ("nonsense", 8), ("", 8), ("5-", 8),
    ("0-9223372036854775807", 8),
  ])
  func affinity(list: String, processors: Int) throws {
    let resources = try resources(["proc/self/status": "Cpus_allowed_list:\t\(list)\n"])
    #expect(resources.processors == processors)
    #expect(resources.processorLimit == (processors < 8 ? .affinity : .host))
  }

  /// The tightest of the groups along the path counts, rounded up to whole processors.
  @Test(arguments: [
    ("50000 100000", "max 100000", 1, 0.5, "/sys/fs/cgroup/a/b/cpu.max"),
    ("max 100000", "250000 100000", 3, 2.5, "/sys/fs/cgroup/a/cpu.max"),
    ("400000 100000", "100001 100000", 2, 1.00001, "/sys/fs/cgroup/a/cpu.max"),
    ("1000 1000000", "max", 1, 0.001, "/sys/fs/cgroup/a/b/cpu.max"),
  ])
  func unifiedQuota(inner: String, outer: String, processors: Int, share: Double, file: String) throws {
    let resources = try resources([
      "proc/self/cgroup": "0::/a/b\n", "proc/self/mountinfo": Self.unifiedMount,
      "sys/fs/cgroup/a/b/cpu.max": inner + "\n", "sys/fs/cgroup/a/cpu.max": outer + "\n",
    ])
    #expect(resources.processors == processors)
    #expect(resources.processorLimit == .quota(share: share, file: file))
  }

  @Test(arguments: ["max 100000", "0 100000", "-1 100000", "50000", "x y", "50000 0", ""])
  func noQuota(text: String) throws {
    let resources = try resources([
      "proc/self/cgroup": "0::/a\n", "proc/self/mountinfo": Self.unifiedMount,
      "sys/fs/cgroup/a/cpu.max": text,
    ])
    #expect(resources.processors == 8 && resources.processorLimit == .host)
  }

  /// A hybrid: version 1 with controllers in mounts of their own, and a name with a space.
  @Test func firstVersion() throws {
    let resources = try resources([
      "proc/self/cgroup": "4:memory:/m\n3:cpuset:/\n1:cpu,cpuacct:/x y/z\n0::/\n",
      "proc/self/mountinfo": """
      30 23 0:26 / /sys/fs/cgroup/cpu\\040time rw - cgroup cgroup rw,cpuacct,cpu
      31 23 0:27 / /sys/fs/cgroup/memory rw shared:10 master:2 - cgroup cgroup rw,memory
      32 23 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
      """,
      "sys/fs/cgroup/cpu time/x y/z/cpu.cfs_quota_us": "-1\n",
      "sys/fs/cgroup/cpu time/x y/z/cpu.cfs_period_us": "100000\n",
      "sys/fs/cgroup/cpu time/x y/cpu.cfs_quota_us": "150000\n",
      "sys/fs/cgroup/cpu time/x y/cpu.cfs_period_us": "100000\n",
      "sys/fs/cgroup/memory/m/memory.limit_in_bytes": "9223372036854771712\n",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "500000000\n",
    ])
    #expect(resources.processors == 2)
    #expect(
      resources.processorLimit
        == .quota(share: 1.5, file: "/sys/fs/cgroup/cpu time/x y/cpu.cfs_quota_us"))
    #expect(resources.memory == 500_000_000)
    #expect(resources.memoryLimit == .group(file: "/sys/fs/cgroup/memory/memory.limit_in_bytes"))
  }

  /// A container without a namespace of groups sees the host's path, and its own group at the mount's top; one with
  /// a namespace may have a path outside of it.
  @Test(arguments: [
    ("0::/docker/c1\n", "/docker/c1"), ("0::/../other\n", "/"), ("0::/elsewhere\n", "/docker/c1"),
  ])
  func container(membership: String, top: String) throws {
    let resources = try resources([
      "proc/self/cgroup": membership,
      "proc/self/mountinfo": "30 23 0:26 \(top) /sys/fs/cgroup rw - cgroup2 cgroup rw\n",
      "sys/fs/cgroup/cpu.max": "200000 100000\n", "sys/fs/cgroup/memory.max": "268435456\n",
    ])
    #expect(resources.processors == 2)
    #expect(resources.memory == 268_435_456)
    #expect(resources.memoryLimit == .group(file: "/sys/fs/cgroup/memory.max"))
  }

  @Test(
    arguments: [
      // A batch script, a task with processors of its own, and tasks that share a node.
      (
        ["SLURM_JOB_ID": "1", "SLURM_CPUS_ON_NODE": "4", "SLURM_CPUS_PER_TASK": "2"], 4, "SLURM_CPUS_ON_NODE"
      ),
      (
        [
          "SLURM_JOB_ID": "1", "SLURM_STEP_ID": "0", "SLURM_CPUS_ON_NODE": "4", "SLURM_CPUS_PER_TASK": "2",
        ], 2, "SLURM_CPUS_PER_TASK"
      ),
      (
        [
          "SLURM_JOB_ID": "1", "SLURM_STEP_ID": "0", "SLURM_CPUS_ON_NODE": "6", "SLURM_NODEID": "1",
          "SLURM_STEP_TASKS_PER_NODE": "1,3(x2)",
        ], 2, "SLURM_CPUS_ON_NODE"
      ),
      (
        ["SLURM_JOB_ID": "1", "SLURM_JOB_CPUS_PER_NODE": "7(x2),5", "SLURM_NODEID": "2"], 5,
        "SLURM_JOB_CPUS_PER_NODE"
      ),
      (["SLURM_JOB_ID": "1", "SLURM_JOB_CPUS_PER_NODE": "7(x2),5"], 5, "SLURM_JOB_CPUS_PER_NODE"),
      (["SLURM_CPUS_ON_NODE": "1"], 8, nil), (["SLURM_JOB_ID": "1", "SLURM_CPUS_ON_NODE": "many"], 8, nil),
      (["SLURM_JOB_ID": "1", "SLURM_JOB_CPUS_PER_NODE": "3(x"], 8, nil),
    ] as [([String: String], Int, String?)])
  func slurm(environment: [String: String], processors: Int, variable: String?) throws {
    let resources = try resources([:], environment: environment)
    #expect(resources.processors == processors)
    #expect(resources.processorLimit == variable.map { .slurm(variable: $0) } ?? .host)
  }

  @Test func slurmMemory() throws {
    let job = ["SLURM_JOB_ID": "1", "SLURM_CPUS_ON_NODE": "2"]
    let each = try resources([:], environment: job.merging(["SLURM_MEM_PER_CPU": "100"]) { $1 })
    #expect(each.memory == 200 << 20 && each.memoryLimit == .slurm(variable: "SLURM_MEM_PER_CPU"))
    let node = try resources([:], environment: job.merging(["SLURM_MEM_PER_NODE": "300"]) { $1 })
    #expect(node.memory == 300 << 20 && node.memoryLimit == .slurm(variable: "SLURM_MEM_PER_NODE"))
    // 0 is all of the node's.
    let all = try resources([:], environment: job.merging(["SLURM_MEM_PER_NODE": "0"]) { $1 })
    #expect(all.memory == 1 << 30)
  }

  @Test(arguments: [("0", 1), ("0-2", 3)])
  func workIsSharedByAsManyThreads(list: String, most: Int) throws {
    let resources = try resources(["proc/self/status": "Cpus_allowed_list:\t\(list)\n"])
    let state = Mutex((running: 0, most: 0, done: Set<Int>()))
    resources.concurrently(40) { index in
      state.withLock {
        $0.running += 1
        $0.most = max($0.most, $0.running)
      }
      usleep(1000)
      state.withLock {
        $0.running -= 1
        $0.done.insert(index)
      }
    }
    let end = state.withLock { $0 }
    #expect(end.done == Set(0..<40) && end.most <= most)
    resources.concurrently(0) { _ in Issue.record("there is nothing to do") }
  }

  @Test func addressSpace() throws {
    let resources = try resources([:], addressSpace: 1 << 20)
    #expect(resources.memory == 1 << 20 && resources.memoryLimit == .addressSpace)
  }

  @Test(
    arguments: [
      (
        [
          "proc/self/cgroup": "0::/a\n",
          "sys/fs/cgroup/a/memory.events": "oom 9\noom_kill 3\noom_group_kill 0\n",
        ], 3
      ),
      (["proc/self/cgroup": "0::/\n"], 7),
      (["proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.events": "x\n"], 7),
      ([:], 7), (["proc/vmstat": "nothing 1\n"], nil),
    ] as [([String: String], Int?)])
  func memoryKills(files: [String: String], expected: Int?) throws {
    let system = [
      "proc/self/mountinfo": Self.unifiedMount, "proc/vmstat": "nr_free_pages 12\noom_kill 7\nzswpin 0\n",
    ].merging(files, uniquingKeysWith: { $1 })
    try withRoot(system) { #expect(HostResources.memoryKills(root: $0) == expected) }
  }

  @Test func memoryKillsOfVersionOne() throws {
    let files = [
      "proc/self/cgroup": "4:memory:/b\n",
      "proc/self/mountinfo": "30 23 0:27 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory\n",
      "sys/fs/cgroup/memory/b/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
    ]
    try withRoot(files) { #expect(HostResources.memoryKills(root: $0) == 2) }
  }

  private func withRoot(_ files: [String: String], _ body: (String) throws -> Void) throws {
    let root = NSTemporaryDirectory() + "potline-host-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: root) }
    for (name, text) in files {
      let path = "\(root)/\(name)"
      try Folder.make(URL(fileURLWithPath: path).deletingLastPathComponent().path)
      try AtomicFile.write(Array(text.utf8), to: path)
    }
    try body(root)
  }
}
