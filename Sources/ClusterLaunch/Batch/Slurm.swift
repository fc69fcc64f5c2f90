/// The Slurm workload manager, from version 20.
package struct Slurm: BatchScheduler {
  package let name = "Slurm"
  package let submitCommand = "sbatch"
  package let jobID = "$SLURM_JOB_ID"
  package let taskIndex = "$SLURM_ARRAY_TASK_ID"
  package let nodeIndex = "$SLURM_PROCID"
  package let cores = "$SLURM_CPUS_PER_TASK"

  package init() {}

  package func directives(of job: BatchJob, _ settings: BatchSettings) -> [String] {
    var options = ["--job-name=potline-\(job.name)"]
    switch job.layout {
    case .task(let cores): options += ["--ntasks=1", "--cpus-per-task=\(cores)"]
    case .array(let count, let cores):
      options += ["--array=0-\(count - 1)", "--ntasks=1", "--cpus-per-task=\(cores)"]
    case .nodes(let count, let cores):
      options += ["--nodes=\(count)", "--ntasks-per-node=1", "--cpus-per-task=\(cores)"]
    }
    if let notice = job.notice {
      // B: Slurm signals the shell alone, which passes the signal on and waits.
      options += ["--signal=B:TERM@\(notice)", "--requeue"]
    }
    options += [
      "--output=\(Self.log(isArray: job.isArray))", "--time=\(settings.time)", "--open-mode=append",
    ]
    if let account = settings.account { options.append("--account=\(account)") }
    if let partition = settings.partition { options.append("--partition=\(partition)") }
    if let memory = settings.memory { options.append("--mem-per-cpu=\(memory)M") }
    return options.map { "#SBATCH \($0)" }
  }

  /// %x: the job's name; %j: its ID; %A and %a: the array's ID and the index of the task.
  private static func log(isArray: Bool) -> String { isArray ? "%x-%A_%a.log" : "%x-%j.log" }

  package let requeueFunctions = """
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

  package let addressFunction = #"""
    # The address at which Slurm itself reaches this node.
    address() {
      local found
      found=$(scontrol show node "$SLURMD_NODENAME" | sed -n 's/^ *NodeAddr=\([^ ]*\).*/\1/p')
      echo "${found:-$SLURMD_NODENAME}"
    }
    """#

  package let endTime = #"$(date -d "$(squeue --noheader --job "$job" --format %e)" +%s 2>/dev/null)"#

  // The nodes end one after the other, each when it has handed its jobs back.
  package let runOnEachNode =
    #"srun --ntasks-per-node=1 --cpus-per-task="$SLURM_CPUS_PER_TASK" --kill-on-bad-exit=0 --wait=0"#

  package let terminateOnEachNode = #"scancel --signal=TERM "$SLURM_JOB_ID.0""#

  package func option(for dependency: BatchDependency, on id: String) -> String {
    switch dependency {
    case .started: "--dependency=after:\(id)"
    case .ended: "--dependency=afterany:\(id)"
    }
  }

  package func submission(of request: BatchRequest) -> [String] {
    var words = [
      submitCommand, "--parsable", "--job-name=\(request.name)",
      "--output=\(request.logFolder)/\(Self.log(isArray: request.isArray))",
    ]
    if let tasks = request.tasks { words.append("--array=0-\(tasks - 1)") }
    if let dependency = request.dependency {
      words.append(option(for: dependency.kind, on: dependency.id))
    }
    return words + [request.script] + request.arguments
  }

  /// Variables that lead to the cluster itself.
  private static let connectionVariables: Set<String> = ["SLURM_CONF", "SLURM_CONF_SERVER", "SLURM_JWT"]
  private static let prefixes = [
    "SLURM_", "SLURMD_", "SBATCH_", "SRUN_", "SALLOC_", "SQUEUE_", "SINFO_", "SACCT_", "SCANCEL_",
    "SCONTROL_", "SPRIO_", "SDIAG_",
  ]

  package func environment(from own: [String: String], keeping kept: Set<String>) -> BatchEnvironment {
    var environment = BatchEnvironment(variables: own, removedOptions: [])
    for name in own.keys.sorted()
    where Self.prefixes.contains(where: name.hasPrefix) && !Self.connectionVariables.contains(name)
      && !kept.contains(name)
    {
      environment.variables[name] = nil
      if name.hasPrefix("SBATCH_") || name.hasPrefix("SRUN_") { environment.removedOptions.append(name) }
    }
    return environment
  }

  package let environmentLines = #"""
    # Settings for interactive use, and the pinning of a job that submitted this one, would change what the commands do.
    unset "${!SQUEUE_@}" "${!SCANCEL_@}" "${!SCONTROL_@}" "${!SRUN_@}" "${!SLURM_CPU_BIND@}" "${!SLURM_MEM_BIND@}" SLURM_CLUSTERS
    export SLURM_TIME_FORMAT=standard
    """#

  package let settingsCommand = ["scontrol", "show", "config"]

  /// The line `MaxArraySize            = 1001`: indices are less than this.
  package func largestArray(inOutput text: String) -> Int? {
    guard let match = text.firstMatch(of: /(?m)^MaxArraySize\s*=\s*(\d{1,9})\s*$/) else { return nil }
    return Int(match.output.1).flatMap { $0 > 0 ? $0 : nil }
  }

  package func resubmission(ofTasks ranges: String, script: String, arguments: [String]) -> [String] {
    [submitCommand, "--array=\(ranges)", script] + arguments
  }

  /// `17`, or `17;cluster` where there are several clusters.
  package func jobID(inOutput text: String) -> String? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    return digits.isEmpty ? nil : String(digits)
  }

  package func watchCommand(_ ids: [String]) -> String { "squeue --job \(ids.joined(separator: ","))" }

  package func cancelCommand(_ ids: [String]) -> String { "scancel \(ids.joined(separator: " "))" }

  /// M, M:S, H:M:S, D-H, D-H:M or D-H:M:S.
  package func seconds(ofTimeLimit text: String) -> Int? {
    let digits = /(?:(\d{1,7})-)?(\d{1,9}(?::\d{1,9}){0,2})/
    guard let match = text.wholeMatch(of: digits) else { return nil }
    let days = match.output.1.flatMap { Int($0) }
    let parts = match.output.2.split(separator: ":").compactMap { Int($0) }
    let units = days != nil || parts.count == 3 ? [3600, 60, 1] : [60, 1]
    return zip(parts, units).reduce((days ?? 0) * 86_400) { $0 + $1.0 * $1.1 }
  }
}
