import EnsembleStudies
import Files
import QueueProtocol
import Safetensors
import SparseNetworks

/// Listed jobs that one process runs one after another, without a coordinator.
struct JobBatch: Sendable {
  let lines: JobLines
  /// The jobs to run.
  let indices: [Int]
  let folder: JobFolder
  /// Where datasets are.
  let datasets: String
  let kernels: Kernels
  let checkpointInterval: Duration
  let timeLimit: Duration?
  let isQuiet: Bool

  private let start = SuspendingClock.now

  init(
    lines: JobLines, indices: [Int], folder: JobFolder, datasets: String, kernels: Kernels,
    checkpointInterval: Duration, timeLimit: Duration?, isQuiet: Bool
  ) {
    (self.lines, self.indices, self.folder, self.datasets) = (lines, indices, folder, datasets)
    (self.kernels, self.checkpointInterval) = (kernels, checkpointInterval)
    (self.timeLimit, self.isQuiet) = (timeLimit, isQuiet)
  }

  /// Runs the jobs, and says how each ended.
  func run(stop: () -> Bool) -> ExitStatus {
    do {
      return try runAll(stop)
    } catch {
      _ = ExitStatus.failed.refuse(error)
      return Self.status(of: error)
    }
  }

  private func runAll(_ stop: () -> Bool) throws -> ExitStatus {
    var datasets = JobDatasets(folder: datasets)
    var hasFailed = false
    for (position, index) in indices.enumerated() {
      let job = try lines.job(at: index)
      if position == 0 { try folder.prepare(for: job.study) }
      if let outcome = existing(job) {
        hasFailed = say(outcome, of: job, "done already") || hasFailed
        continue
      }
      if stop() || isNear(marginsBefore: 2) {
        note("\(indices.count - position) jobs are left: run it again")
        return .notEnded
      }
      let dataset = try datasets.file(of: job)
      let training = FolderTraining(folder, kernels: kernels, checkpointInterval: checkpointInterval)
      let outcome = try training.run(job, dataset: dataset) { stop() || isNear(marginsBefore: 1) }
      if case .stopped(let step, let steps) = outcome {
        note("\(job.name): stopped after \(step) of \(steps) steps; run it again to go on")
        return .notEnded
      }
      hasFailed = say(outcome, of: job, "finished") || hasFailed
    }
    return hasFailed ? .membersFailed : .done
  }

  /// How the job ended, if it did. A damaged result is replaced, since the job makes the same again.
  private func existing(_ job: ListedJob) -> FolderTraining.Outcome? {
    do {
      return try FolderTraining(folder, kernels: kernels, checkpointInterval: checkpointInterval)
        .outcome(of: job)
    } catch {
      Console.error("\(error); the job is run again")
      return nil
    }
  }

  /// Returns whether the training failed.
  private func say(_ outcome: FolderTraining.Outcome, of job: ListedJob, _ done: String) -> Bool {
    guard case .failed(let reason) = outcome else {
      note("\(job.name): \(done)")
      return false
    }
    Console.error("\(job.name): \(reason)")
    return true
  }

  private func note(_ text: String) { if !isQuiet { Console.note(text) } }

  /// Whether the time limit is so many margins of 5 s (of a quarter of a short limit) away, or less.
  private func isNear(marginsBefore count: Int) -> Bool {
    guard let timeLimit else { return false }
    return SuspendingClock.now - start >= timeLimit - min(.seconds(5), timeLimit / 4) * count
  }

  private static func status(of error: any Error) -> ExitStatus {
    switch error {
    case is JobLinesError, is TrainingJobError, is JobDatasetError, is StudyDescriptionError: .badInput
    case is JobFolderError, is FileError, is SafetensorsError, is BlobError: .output
    default: .failed
    }
  }
}
