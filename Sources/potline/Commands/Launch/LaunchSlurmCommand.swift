import ArgumentParser
import ClusterLaunch
import EnsembleStudies
import Files
import Foundation
import Safetensors
import StudyRunning

extension BatchSettings.Mode: ExpressibleByArgument {}

struct LaunchSlurmCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "slurm",
    abstract: "Submits a study to a Slurm cluster.",
    discussion: """
      Three modes: in `one`, a single allocation holds coordinator and workers; `elastic` has a coordinator and an array of \
      workers that join and leave; `array` has tasks that run jobs from files, without a coordinator. In each of them a task \
      that is preempted or reaches its time limit leaves checkpoints and is requeued, and the results equal those of \
      `potline run` to the byte.

      The scripts and logs are written to FOLDER/slurm. FOLDER must be on a file system that all nodes share.
      """)

  @Argument(
    help: "A bundled study's name, or the path of a study file; may be left out with --print (default: none)."
  )
  var study: String?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Output folder (default: results/NAME, NAME being the study's).", valueName: "folder"))
  var output: String?

  @OptionGroup var options: StudyOptions

  @Option(
    name: .customLong("mode"), help: ArgumentHelp("one, elastic or array (default: one).", valueName: "mode"))
  var givenMode: BatchSettings.Mode?

  /// The name of --mode before 0.2.
  @Option(name: .customLong("way"), help: .hidden)
  var way: BatchSettings.Mode?

  @Option(help: ArgumentHelp("Nodes of the allocation, with --mode one (default: 2).", valueName: "count"))
  var nodes: Int?

  @Option(
    help: ArgumentHelp(
      "Tasks of the array, with --mode elastic (default: 4) or array (default: 20).", valueName: "count"))
  var tasks: Int?

  @Option(
    help: ArgumentHelp(
      "Worker processes of each node or task, one core each; 1 with --mode array (default: 4).",
      valueName: "count"))
  var processes: Int?

  @Option(help: ArgumentHelp("Account to charge (default: the user's).", valueName: "name"))
  var account: String?

  @Option(help: ArgumentHelp("Partition (default: the cluster's).", valueName: "name"))
  var partition: String?

  @Option(
    help: ArgumentHelp(
      "Longest time of each job between two requeues, as `sbatch --time` takes it; at least 3 minutes, or 0 for no limit.",
      valueName: "[days-]hours:minutes:seconds"))
  var time = BatchSettings().time

  @Option(help: ArgumentHelp("MB of memory a core (default: the cluster's).", valueName: "MB"))
  var memory: Int?

  @Option(
    help: ArgumentHelp(
      "Network interface at which workers reach the coordinator, such as ib0 (default: the node's address in Slurm).",
      valueName: "name"))
  var interface: String?

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Shell line that each script runs first, such as 'module load zeromq'; may be given several times (default: none).",
      valueName: "line"))
  var prologue: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Variable of Slurm, such as SBATCH_ACCOUNT, that the jobs get from this environment; may be given several times "
        + "(default: none of SLURM_*, SBATCH_*, SRUN_* and the like but SLURM_CONF).",
      valueName: "name"))
  var keepVariable: [String] = []

  @Flag(name: .customLong("print"), help: "Print the scripts and submit nothing (default: off).")
  var prints = false

  private var scheduler: Slurm { Slurm() }

  private var mode: BatchSettings.Mode { givenMode ?? way ?? .one }

  func validate() throws {
    if givenMode != nil, way != nil {
      throw ValidationError("--way is the old name of --mode: give one of them")
    }
    if output?.isEmpty == true { throw ValidationError("--output needs the name of a folder") }
    if study == nil, !prints { throw ValidationError("say which study (only --print can do without)") }
    if prints, options.seed != nil || options.scale != nil {
      throw ValidationError("--seed and --scale have no effect on printed scripts; remove them or --print")
    }
    if nodes != nil, mode != .one { throw ValidationError("--nodes goes with --mode one") }
    if tasks != nil, mode == .one { throw ValidationError("--tasks goes with --mode elastic or array") }
    if processes ?? 1 != 1, mode == .array {
      throw ValidationError("--mode array has one process a task: use --tasks")
    }
    for (name, value, most) in [
      ("--nodes", nodes, 10_000), ("--tasks", tasks, 1_000_000), ("--processes", processes, 1024),
      ("--memory", memory, 1 << 30),
    ] {
      guard let value else { continue }
      guard (1...most).contains(value) else { throw ValidationError("\(name) must be 1 to \(most)") }
    }
    for (name, value) in [("--account", account), ("--partition", partition), ("--interface", interface)] {
      guard let value else { continue }
      guard value.wholeMatch(of: /[A-Za-z0-9_.,@+-]+/) != nil else {
        throw ValidationError("\(name) is one word of letters, digits and _ . , @ + -")
      }
    }
    for name in keepVariable where name.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) == nil {
      throw ValidationError(
        "--keep-variable takes the name of a variable, such as SBATCH_ACCOUNT; got '\(name)'")
    }
    guard let seconds = scheduler.seconds(ofTimeLimit: time) else {
      throw ValidationError("--time is minutes, or [days-]hours:minutes:seconds, such as 12:00:00")
    }
    guard seconds == 0 || seconds >= 180 else {
      throw ValidationError("--time must be at least 3 minutes (or 0, no limit): a job would never get on")
    }
    if prologue.contains(where: { $0.contains("\n") }) {
      throw ValidationError("--prologue is one line; give it several times for more")
    }
  }

  func perform() throws {
    if way != nil { Console.deprecated("--way", now: "--mode") }
    var settings = settings
    if prints {
      // Each begins with a line of its own kind.
      return Console.data(settings.scripts(for: scheduler).map(\.text).joined(separator: "\n"))
    }
    guard let study else { return }
    let source = try options.source(study)
    let folder = URL(fileURLWithPath: output ?? "results/\(source.study.name)").path
    let submission = BatchSubmission(
      to: scheduler, studyName: source.study.name, folder: folder, keptVariables: settings.keptVariables)
    if !submission.removedOptions.isEmpty {
      Console.note(
        "note: the jobs don't get \(submission.removedOptions.joined(separator: ", ")) of this environment; "
          + "use the options of this command, or --keep-variable")
    }
    if mode != .one, let largest = submission.largestArray(), largest < settings.taskCount {
      Console.note(
        "note: \(largest) tasks instead of \(settings.taskCount): the cluster's arrays have no more (MaxArraySize)"
      )
      settings.tasks = largest
    }
    let scripts = settings.scripts(for: scheduler)
    try categorized(.output) {
      try Folder.make(submission.scriptFolder)
      for script in scripts {
        try AtomicFile.write(Array(script.text.utf8), to: "\(submission.scriptFolder)/\(script.fileName)")
      }
    }
    var named = absolute(study)
    if options.changeStudy {
      // The scripts name a study by its file, so the changed study becomes one.
      named = submission.scriptFolder + "/study.yaml"
      try AtomicFile.write(Array(source.resolvedYAML.utf8), to: named)
    }
    let tasks = mode == .array ? min(settings.taskCount, try makeJobs(of: source, in: folder)) : nil
    let ids = try categorized(.unavailable) {
      try submission.submit(scripts, study: named, tasks: tasks)
    }
    for (script, id) in zip(scripts, ids) { Console.result("job \(id): \(script.fileName)") }
    Console.result(
      """
      watch:   \(scheduler.watchCommand(ids)); logs in \(submission.scriptFolder)
      cancel:  \(scheduler.cancelCommand(ids.reversed()))
      results: \(folder)
      """)
  }

  private var settings: BatchSettings {
    var settings = BatchSettings()
    settings.mode = mode
    settings.nodes = nodes ?? settings.nodes
    settings.tasks = tasks
    settings.processes = processes ?? settings.processes
    settings.keptVariables = Set(keepVariable)
    (settings.account, settings.partition, settings.time) = (account, partition, time)
    (settings.memory, settings.interface, settings.prologue) = (memory, interface, prologue)
    return settings
  }

  /// Writes the list of jobs and the dataset, and returns the number of jobs.
  private func makeJobs(of source: StudySource, in folder: String) throws -> Int {
    let list = try StudyJobs(source)
    _ = try list.write(to: folder + "/jobs")
    return list.count
  }

  /// A file's path as nodes see it; a bundled study's name as it is.
  private func absolute(_ study: String) -> String {
    var isFolder: ObjCBool = false
    let isFile =
      FileManager.default.fileExists(atPath: study, isDirectory: &isFolder) && !isFolder.boolValue
    return isFile ? URL(fileURLWithPath: study).path : study
  }
}
