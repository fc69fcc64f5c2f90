/// A job of a batch scheduler: what it needs and what its script does.
package struct BatchJob: Sendable {
  package enum Layout: Hashable, Sendable {
    /// One task on one node.
    case task(cores: Int)
    /// Tasks that run independently of each other, with indices from 0.
    case array(Int, cores: Int)
    /// An allocation of nodes that run at the same time, a task on each.
    case nodes(Int, cores: Int)
  }

  /// Arguments of the script.
  package enum Arguments: Hashable, Sendable {
    case studyAndFolder
    case folder
  }

  /// The name of the script, without its suffix.
  package let name: String
  package let layout: Layout
  /// Seconds between SIGTERM and the end of the job's time. The job is requeued after it, or after a preemption. `nil`: no signal
  /// and no requeueing.
  package var notice: Int?
  /// How it depends on the job that is submitted before it.
  package var dependency: BatchDependency?
  package let arguments: Arguments
  /// Comment at the head of the script.
  let about: String
  /// Lines of bash after the prologue.
  let body: String

  package var isArray: Bool { if case .array = layout { true } else { false } }
}

/// The script of a job.
package struct BatchScript: Sendable {
  package let job: BatchJob
  /// The name of its file.
  package let fileName: String
  package let text: String

  init(_ job: BatchJob, _ settings: BatchSettings, for scheduler: some BatchScheduler) {
    self.job = job
    fileName = "\(job.name).\(scheduler.submitCommand)"
    let launcher = scheduler.runOnEachNode.prefix { $0 != " " }
    text = """
      #!/usr/bin/env bash
      \(scheduler.directives(of: job, settings).joined(separator: "\n"))
      #
      \(job.about.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "#" : "# \($0)" }
        .joined(separator: "\n"))
      # shellcheck disable=SC2317 # \(launcher) and trap call functions.
      set -uo pipefail

      \(scheduler.environmentLines)

      \(settings.prologue.map { $0 + "\n" }.joined())\(job.body)

      """
  }
}

extension BatchSettings {
  /// The scripts of the mode, in the order in which they are submitted.
  package func scripts(for scheduler: some BatchScheduler) -> [BatchScript] {
    let jobs: [BatchJob] =
      switch mode {
      case .one: [.study(self, scheduler)]
      case .elastic: [.coordinator(self, scheduler), .workers(self, scheduler)]
      case .array: [.jobs(self, scheduler), .collect(self, scheduler)]
      }
    return jobs.map { BatchScript($0, self, for: scheduler) }
  }
}
