/// What a study asks of a Slurm cluster.
package struct SlurmSettings {
  /// How a study uses the cluster.
  package enum Way: String, CaseIterable {
    /// One allocation that holds coordinator and workers.
    case one
    /// A coordinator, and an array of workers that come and go.
    case elastic
    /// An array of tasks that run jobs from files, without a coordinator.
    case array
  }

  package var way = Way.one
  /// Nodes of the allocation (`one`).
  package var nodes = 2
  /// Tasks of the array (`elastic`, `array`).
  package var tasks = 4
  /// Worker processes of each node or task, one core each.
  package var processes = 4
  package var account: String?
  package var partition: String?
  /// As `sbatch --time` takes it.
  package var time = "01:00:00"
  /// MB a core; nil: the cluster's default.
  package var memory: Int?
  /// The network interface at which workers reach the coordinator; nil: the node's address in Slurm.
  package var interface: String?
  /// Shell lines to run first on each node.
  package var prologue: [String] = []

  package init() {}

  /// The scripts, in the order in which they are submitted.
  package var scripts: [SlurmScript] {
    switch way {
    case .one: [.study(self)]
    case .elastic: [.coordinator(self), .workers(self)]
    case .array: [.jobs(self), .collect(self)]
    }
  }
}

/// A batch script.
package struct SlurmScript {
  /// The file's name.
  package let name: String
  package let text: String

  /// `about` is what the script says of itself, `options` its own options of sbatch, `body` what follows the settings.
  init(_ name: String, _ settings: SlurmSettings, about: String, options: [String], body: String) {
    self.name = name + ".sbatch"
    var directives =
      ["--job-name=potline-\(name)"] + options + ["--time=\(settings.time)", "--open-mode=append"]
    if let account = settings.account { directives.append("--account=\(account)") }
    if let partition = settings.partition { directives.append("--partition=\(partition)") }
    if let memory = settings.memory { directives.append("--mem-per-cpu=\(memory)M") }
    text = """
      #!/usr/bin/env bash
      \(directives.map { "#SBATCH \($0)" }.joined(separator: "\n"))
      #
      \(about.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "#" : "# \($0)" }
        .joined(separator: "\n"))
      # shellcheck disable=SC2317 # srun and trap call functions.
      set -uo pipefail

      \(settings.prologue.map { $0 + "\n" }.joined())\(body)

      """
  }

  /// Where the results of a study go: the second argument, or what `potline run` would choose.
  static let studyArguments = """
    name=$(basename "$study")
    folder=${2:-results/${name%.yaml}}
    mkdir -p "$folder" || exit 73
    potline=${POTLINE:-potline}
    """

  /// Bash functions that end or requeue a job.
  static let comingBack = """
    # The id of an array's last task alone would mean the whole array.
    job=${SLURM_ARRAY_JOB_ID:+${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID}
    job=${job:-$SLURM_JOB_ID}
    is_running() { [ "$(squeue --noheader --job "$job" --format %T)" = RUNNING ]; }
    # Its time is over: once more. A job that was preempted is requeued by Slurm, one that was cancelled is not to come back.
    come_back() {
      sleep 1
      if is_running; then scontrol requeue "$job"; fi
    }
    """

  /// Bash lines that run what is in the background as `$child` to its end, whatever signals come; `$status` is its own.
  static let waiting = """
    while kill -0 "$child" 2>/dev/null; do
      wait "$child"
      status=$?
    done
    """
}

extension SlurmSettings {
  /// The options of `potline run` by which workers find it. The address is the one at which Slurm itself reaches the node,
  /// since a node may have several.
  var listening: String {
    if let interface { return "--listen tcp://\(interface):0" }
    return #"--listen tcp://0.0.0.0:0 --publish "$(address)""#
  }

  /// What ``listening`` needs; empty if nothing.
  var addressFunction: String {
    interface == nil
      ? #"""
      # The address at which Slurm itself reaches this node.
      address() {
        local found
        found=$(scontrol show node "$SLURMD_NODENAME" | sed -n 's/^ *NodeAddr=\([^ ]*\).*/\1/p')
        echo "${found:-$SLURMD_NODENAME}"
      }

      """# : ""
  }
}

extension SlurmSettings {
  /// Seconds of a time as `sbatch --time` takes it: M, M:S, H:M:S, D-H, D-H:M or D-H:M:S; nil if it is none of these.
  package static func seconds(ofTime text: String) -> Int? {
    let digits = /(?:(\d{1,7})-)?(\d{1,9}(?::\d{1,9}){0,2})/
    guard let match = text.wholeMatch(of: digits) else { return nil }
    let days = match.output.1.flatMap { Int($0) }
    let parts = match.output.2.split(separator: ":").compactMap { Int($0) }
    let units = days != nil || parts.count == 3 ? [3600, 60, 1] : [60, 1]
    return zip(parts, units).reduce((days ?? 0) * 86_400) { $0 + $1.0 * $1.1 }
  }
}
