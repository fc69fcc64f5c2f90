/// A batch scheduler of a cluster: the directives, commands and shell fragments that differ between schedulers. ``Slurm`` is one;
/// another needs a file with its own conformance.
///
/// Shell fragments are bash. Those with quotes can be used as a word: `"$SLURM_JOB_ID"`.
package protocol BatchScheduler: Sendable {
  /// Its name in texts: `Slurm`.
  var name: String { get }
  /// The command that submits a script: `sbatch`. Also the suffix of scripts.
  var submitCommand: String { get }

  /// The directive lines of a job's script.
  func directives(of job: BatchJob, _ settings: BatchSettings) -> [String]

  /// A job's ID, as a variable in its own script.
  var jobID: String { get }
  /// The index of a task in its array, from 0.
  var taskIndex: String { get }
  /// The index of a node in its allocation, from 0.
  var nodeIndex: String { get }
  /// The number of cores of a task.
  var cores: String { get }

  /// Sets `job` to the ID of this job or array task, and defines `is_running` (whether it runs, rather than being cancelled or
  /// preempted) and `come_back` (requeues it if it runs).
  var requeueFunctions: String { get }
  /// Defines `address`, which prints the address at which other nodes reach this one.
  var addressFunction: String { get }
  /// An expression: the end of `$job`'s time limit in seconds since 1970; it fails if there is none.
  var endTime: String { get }
  /// The command that runs another command once on each node of the allocation and waits for all of them.
  var runOnEachNode: String { get }
  /// The command that sends SIGTERM to what ``runOnEachNode`` runs.
  var terminateOnEachNode: String { get }

  /// The option of ``submitCommand`` that lets a job wait for the job `id`.
  func option(for dependency: BatchDependency, on id: String) -> String
  /// The command line, in words, that submits a script. The environment variable `POTLINE` must reach the job.
  func submission(of request: BatchRequest) -> [String]
  /// The ID in the output of a submission; `nil` if there is none.
  func jobID(inOutput text: String) -> String?

  /// The environment for ``submitCommand``, from that of this process. A submission from within another job must not
  /// hand that job's settings to the new one, and settings for interactive use must not change what commands print.
  ///
  /// - Parameters:
  ///   - own: The variables of this process.
  ///   - kept: Names of variables that are passed on all the same.
  func environment(from own: [String: String], keeping kept: Set<String>) -> BatchEnvironment
  /// Lines of bash that remove settings of the user's which change what the scheduler's commands print or do in a script.
  var environmentLines: String { get }
  /// The command line, in words, that tells ``largestArray(inOutput:)``.
  var settingsCommand: [String] { get }
  /// The largest number of tasks of an array that the cluster takes; `nil` if the output doesn't say.
  func largestArray(inOutput text: String) -> Int?
  /// The command line, in words, that submits some tasks of an array's script again.
  func resubmission(ofTasks ranges: String, script: String, arguments: [String]) -> [String]

  /// A command that shows the state of jobs.
  func watchCommand(_ ids: [String]) -> String
  /// A command that cancels jobs.
  func cancelCommand(_ ids: [String]) -> String

  /// Seconds of a time limit in the scheduler's notation, 0 for no limit; `nil` if it is malformed.
  func seconds(ofTimeLimit text: String) -> Int?
}

/// When a job that depends on another may start.
package enum BatchDependency: Hashable, Sendable {
  /// After the other has started.
  case started
  /// After the other, with all tasks of its array, has ended in whatever way.
  case ended
}

/// What a submission gets of this process's environment.
package struct BatchEnvironment: Hashable, Sendable {
  package var variables: [String: String]
  /// Names of options of submissions that the user set and that aren't passed on, in alphabetical order.
  package var removedOptions: [String]
}

/// A script to be submitted.
package struct BatchRequest: Sendable {
  /// The path of the script.
  package var script: String
  /// The job's name in the scheduler's lists.
  package var name: String
  /// The folder for the job's log.
  package var logFolder: String
  package var isArray: Bool
  /// The number of tasks, if it is another than in the script.
  package var tasks: Int?
  /// The job to wait for.
  package var dependency: (kind: BatchDependency, id: String)?
  /// Arguments of the script.
  package var arguments: [String]
}
