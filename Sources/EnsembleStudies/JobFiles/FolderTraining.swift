import SparseNetworks

/// Runs jobs that are files: from the checkpoint in a folder, to the result in it.
package struct FolderTraining: Sendable {
  private let folder: JobFolder
  private let kernels: Kernels
  private let checkpointInterval: Duration

  /// How a run ended.
  package enum Outcome: Equatable, Sendable {
    /// The result is there.
    case finished
    /// The result is there, and says that the training failed, and why.
    case failed(String)
    /// It was stopped after so many steps of so many; the checkpoint is there.
    case stopped(step: Int, of: Int)
  }

  /// Runs with checkpoints at such intervals.
  package init(_ folder: JobFolder, kernels: Kernels, checkpointInterval: Duration) {
    (self.folder, self.kernels, self.checkpointInterval) = (folder, kernels, checkpointInterval)
  }

  /// How a job ended whose result is there already; nil if there is none. A damaged one is an error.
  package func outcome(of job: ListedJob) throws -> Outcome? {
    guard let end = try folder.end(of: job.id) else { return nil }
    // It may have been left by another process at the same job.
    folder.removeCheckpoint(of: job.id)
    switch end {
    case .finished: return .finished
    case .failed(let failure): return .failed(failure.reason)
    }
  }

  /// Trains, and writes the result or, when it is to stop, a checkpoint. `shouldStop` is asked every few milliseconds.
  ///
  /// Throws ``TrainingJobError`` for a job that doesn't fit the dataset, `SafetensorsError` when the folder can't be
  /// written.
  package func run(_ job: ListedJob, dataset: DatasetFile, shouldStop: () -> Bool) throws -> Outcome {
    let training = try MemberTraining(job.job, dataset: dataset, kernels: kernels)
    var written = SuspendingClock.now
    var steps = 0
    var isDoneElsewhere = false
    do {
      let outcome = try training.resume(from: folder.checkpoint(of: job.id)) { _, total, _, checkpoint in
        steps = max(steps, total)
        if shouldStop() { return .stop }
        guard SuspendingClock.now - written >= checkpointInterval else { return .proceed }
        isDoneElsewhere = folder.hasResult(of: job.id)
        if isDoneElsewhere { return .stop }
        try folder.write(checkpoint(), of: job.id)
        written = .now
        return .proceed
      }
      if isDoneElsewhere, let outcome = try self.outcome(of: job) { return outcome }
      switch outcome {
      case .finished(let member):
        try folder.finish(.finished, try member.encoded(), of: job.id)
        return .finished
      case .stopped(let checkpoint):
        try folder.write(checkpoint, of: job.id)
        return .stopped(step: checkpoint.step, of: steps)
      }
    } catch let error as NonFiniteLoss {
      try folder.finish(.failed, MemberFailure.details(of: error), of: job.id)
      return .failed(MemberFailure(error).reason)
    }
  }
}
