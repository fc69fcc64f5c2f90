import ErrorCategories
import Foundation
import HostResources

/// Hands a study's scripts to a batch scheduler.
package struct BatchSubmission<Scheduler: BatchScheduler> {
  /// How much of the scheduler's output is kept: the beginning of its answer, the end of its messages.
  private static var keptBytes: Int { 4096 }

  private let scheduler: Scheduler
  private let studyName: String
  private let folder: String
  private let environment: [String: String]
  /// Options of submissions in this process's environment that aren't passed on.
  package let removedOptions: [String]

  /// The folder that holds scripts and logs.
  package var scriptFolder: String { "\(folder)/\(scheduler.name.lowercased())" }

  /// - Parameters:
  ///   - scheduler: The scheduler.
  ///   - studyName: The start of the jobs' names.
  ///   - folder: The study's output folder, an absolute path on a file system that all nodes share.
  ///   - keptVariables: Variables of the scheduler that submissions get from this process's environment.
  package init(
    to scheduler: Scheduler, studyName: String, folder: String, keptVariables: Set<String> = []
  ) {
    (self.scheduler, self.studyName, self.folder) = (scheduler, studyName, folder)
    var environment = scheduler.environment(from: ProcessInfo.processInfo.environment, keeping: keptVariables)
    // Nodes must run this same program, which need not be in their PATH.
    environment.variables["POTLINE"] =
      environment.variables["POTLINE"]
      ?? URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
    (self.environment, removedOptions) = (environment.variables, environment.removedOptions)
  }

  /// The largest number of tasks of an array that the cluster takes; `nil` if it doesn't say.
  package func largestArray() -> Int? {
    guard let result = try? program(scheduler.settingsCommand).run(), result.exitStatus == 0 else {
      return nil
    }
    return scheduler.largestArray(inOutput: result.output)
  }

  /// Submits scripts that were written to ``scriptFolder``, each with its dependency on the one before.
  ///
  /// - Parameters:
  ///   - study: The study as the nodes see it: an absolute path, or the name of a bundled study.
  ///   - tasks: The number of tasks of arrays, if it is another than in the scripts.
  /// - Returns: The IDs of the jobs, in the scripts' order.
  /// - Throws: ``BatchError``. Jobs that were submitted before stay in the scheduler; the error names them.
  package func submit(_ scripts: [BatchScript], study: String, tasks: Int? = nil) throws(BatchError)
    -> [String]
  {
    var ids: [String] = []
    for script in scripts {
      let job = script.job
      let request = BatchRequest(
        script: "\(scriptFolder)/\(script.fileName)", name: "\(studyName)-\(job.name)",
        logFolder: scriptFolder, isArray: job.isArray, tasks: job.isArray ? tasks : nil,
        dependency: job.dependency.flatMap { kind in ids.last.map { (kind, $0) } },
        arguments: job.arguments == .folder ? [folder] : [study, folder])
      do throws(BatchError.Reason) {
        ids.append(try submit(request))
      } catch {
        throw BatchError(
          command: scheduler.submitCommand, script: request.script, reason: error,
          cancelCommand: ids.isEmpty ? nil : scheduler.cancelCommand(ids.reversed()))
      }
    }
    return ids
  }

  private func submit(_ request: BatchRequest) throws(BatchError.Reason) -> String {
    let result: ProgramRun.Result
    do {
      result = try program(scheduler.submission(of: request)).run(keptBytes: Self.keptBytes)
    } catch {
      throw .notStarted("\(error)")
    }
    guard result.exitStatus == 0 else {
      let message = result.errors.trimmingCharacters(in: .whitespacesAndNewlines)
      // 127: env found no such command, or the command is a script that found none.
      throw result.exitStatus == 127 ? .notFound(message) : .refused(message)
    }
    guard let id = scheduler.jobID(inOutput: result.output) else { throw .noJobID(result.output) }
    return id
  }

  private func program(_ words: [String]) -> ProgramRun {
    ProgramRun("/usr/bin/env", words, environment: environment)
  }
}

/// A scheduler that didn't take a job.
package struct BatchError: CategorizedError, Hashable, Sendable {
  package enum Reason: Error, Hashable, Sendable {
    /// The command couldn't be started, with the system's reason.
    case notStarted(String)
    /// This machine has no such command, with the system's message.
    case notFound(String)
    /// It refused, with its message.
    case refused(String)
    /// Its output has no ID of a job.
    case noJobID(String)
  }

  /// The command that submits: `sbatch`.
  package let command: String
  /// The path of the script.
  package let script: String
  package let reason: Reason
  /// A command that cancels the jobs that were submitted before this one.
  package let cancelCommand: String?

  package var category: ErrorCategory { .unavailable }

  package var description: String {
    let problem =
      switch reason {
      case .notStarted(let detail): "can't start \(command): \(detail)"
      case .notFound(let message):
        "can't run \(command) (\(message)): submit from a machine of the cluster, with \(command) in PATH"
      case .refused(let message): "\(command) refused \(script): \(message)"
      case .noJobID(let output): "expected a job's ID from \(command) \(script), got '\(output)'"
      }
    return problem + (cancelCommand.map { "; cancel the jobs submitted before it with: \($0)" } ?? "")
  }
}
