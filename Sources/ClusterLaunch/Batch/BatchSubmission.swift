import ErrorCategories
import Foundation

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
    guard let (output, _, status) = try? run(scheduler.settingsCommand, keptBytes: 1 << 20), status == 0
    else { return nil }
    return scheduler.largestArray(inOutput: output)
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
    let (answer, message, status) = try run(scheduler.submission(of: request), keptBytes: Self.keptBytes)
    guard status == 0 else {
      let message = message.trimmingCharacters(in: .whitespacesAndNewlines)
      // 127: env found no such command, or the command is a script that found none.
      throw status == 127 ? .notFound(message) : .refused(message)
    }
    guard let id = scheduler.jobID(inOutput: answer) else { throw .noJobID(answer) }
    return id
  }

  /// Runs a command of the scheduler to its end; the status of one that a signal ended is -1.
  private func run(_ words: [String], keptBytes: Int) throws(BatchError.Reason) -> (
    output: String, errors: String, status: Int32
  ) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.environment = environment
    let (output, errors) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (output, errors)
    process.standardInput = FileHandle.nullDevice
    do {
      try process.run()
    } catch {
      throw .notStarted(error.localizedDescription)
    }
    let texts = Self.read(
      output.fileHandleForReading.fileDescriptor, errors.fileHandleForReading.fileDescriptor,
      keptBytes: keptBytes)
    process.waitUntilExit()
    return (texts.output, texts.errors, process.terminationReason == .exit ? process.terminationStatus : -1)
  }

  /// Reads two pipes to their ends, from whichever has something: a process that fills one of them would wait for ever
  /// for a reader who waits at the other.
  private static func read(_ output: Int32, _ errors: Int32, keptBytes: Int) -> (
    output: String, errors: String
  ) {
    var pipes = [output, errors].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    var kept: [[UInt8]] = [[], []]
    var piece = [UInt8](repeating: 0, count: 65_536)
    while pipes.contains(where: { $0.fd >= 0 }) {
      // Interrupted by a signal: once more.
      guard poll(&pipes, nfds_t(pipes.count), -1) > 0 else { continue }
      for index in pipes.indices where pipes[index].revents != 0 {
        let count = Glibc.read(pipes[index].fd, &piece, piece.count)
        if count > 0 {
          let all = kept[index] + piece[..<count]
          kept[index] = Array(index == 0 ? all.prefix(keptBytes) : all.suffix(keptBytes))
        } else if count == 0 || errno != EINTR {
          // poll leaves negative descriptors out.
          pipes[index].fd = -1
        }
      }
    }
    return (String(decoding: kept[0], as: UTF8.self), String(decoding: kept[1], as: UTF8.self))
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
