import EnsembleStudies
import Foundation
import QueueWorker
import SparseNetworks
import Synchronization

/// Listed jobs that one process runs one after another, without a coordinator.
package struct JobBatch: Sendable {
  package struct Configuration: Sendable {
    /// The folder for results and checkpoints.
    package var folder: String
    /// The folder for datasets.
    package var datasets: String
    package var kernels: Kernels
    /// Default: 30 s.
    package var checkpointInterval: Duration = .seconds(30)
    /// The batch stops with a checkpoint shortly before. Default: no limit.
    package var timeLimit: Duration?

    package init(folder: String, datasets: String, kernels: Kernels) {
      (self.folder, self.datasets, self.kernels) = (folder, datasets, kernels)
    }
  }

  /// How a batch ended.
  package enum End: Sendable, Equatable {
    case finished
    /// Every job has a result; some results say that the training failed.
    case someFailed
    /// Jobs are left; the same command resumes them.
    case jobsLeft
  }

  private let lines: JobLines
  private let indices: [Int]
  private let configuration: Configuration
  private let events: StudyEvents
  private let start = SuspendingClock.now

  /// The jobs with these numbers in `lines`.
  package init(
    _ lines: JobLines, indices: [Int], _ configuration: Configuration, events: @escaping StudyEvents
  ) {
    (self.lines, self.indices) = (lines, indices)
    (self.configuration, self.events) = (configuration, events)
  }

  /// Runs the jobs that have no result yet. `shouldStop` is asked every few milliseconds.
  ///
  /// Throws a `CategorizedError`: bad input for a job or dataset that can't be used, output for a folder that is another
  /// study's or can't be written.
  package func run(shouldStop: () -> Bool) throws -> End {
    let folder = JobFolder(configuration.folder)
    var datasets = DatasetStore(folder: configuration.datasets)
    let training = FolderTraining(
      folder, kernels: configuration.kernels, checkpointInterval: configuration.checkpointInterval)
    var hasFailed = false
    for (position, index) in indices.enumerated() {
      let job = try lines.job(at: index)
      if position == 0 { try folder.prepare(for: job.study) }
      if let outcome = existing(job, training) {
        hasFailed = report(outcome, of: job, wasThere: true) || hasFailed
        continue
      }
      if shouldStop() || isNear(marginsBefore: 2) {
        events(.jobsLeft(indices.count - position))
        return .jobsLeft
      }
      let dataset = try datasets.file(of: job)
      try MemberMemory(of: job.job, in: dataset.signals).check()
      let outcome = try training.run(job, dataset: dataset) { shouldStop() || isNear(marginsBefore: 1) }
      if case .stopped(let step, let steps) = outcome {
        events(.jobStopped(name: job.name, step: step, of: steps))
        return .jobsLeft
      }
      hasFailed = report(outcome, of: job, wasThere: false) || hasFailed
    }
    return hasFailed ? .someFailed : .finished
  }

  /// How the job ended, if it did. A damaged result is replaced, since the job makes the same again.
  private func existing(_ job: ListedJob, _ training: FolderTraining) -> FolderTraining.Outcome? {
    do {
      return try training.outcome(of: job)
    } catch {
      events(.damagedResult("\(error)"))
      return nil
    }
  }

  /// Returns whether the training failed.
  private func report(_ outcome: FolderTraining.Outcome, of job: ListedJob, wasThere: Bool) -> Bool {
    guard case .failed(let reason) = outcome else {
      events(.jobFinished(name: job.name, wasThere: wasThere))
      return false
    }
    events(.jobFailed(name: job.name, reason: reason))
    return true
  }

  /// Whether at most `count` margins of 5 s (of a quarter of a short limit) are left of the time limit.
  private func isNear(marginsBefore count: Int) -> Bool {
    guard let limit = configuration.timeLimit else { return false }
    return SuspendingClock.now - start >= limit - min(.seconds(5), limit / 4) * count
  }
}

/// Work on a thread of its own that a signal asks to stop, and that is left behind if it takes too long.
package final class StoppableRun<Value: Sendable>: Sendable {
  /// Time for the thread to stop after a signal, in seconds; a scheduler may kill the process after 3 s.
  private let grace = 2.7

  private let isStopRequested = Atomic<Bool>(false)
  private let result = Mutex<Result<Value, any Error>?>(nil)
  private let done = DispatchSemaphore(value: 0)

  package init() {}

  /// Runs `body` until it returns; it should often ask whether to stop. A second signal ends the wait immediately.
  ///
  /// - Returns: The value of `body`; nil if it did not stop in time.
  package func run(
    signals: SignalWatcher,
    _ body: @escaping @Sendable (_ shouldStop: @escaping @Sendable () -> Bool) throws -> Value
  ) throws -> Value? {
    let thread = Thread { [self] in
      let outcome = Result { try body { self.isStopRequested.load(ordering: .relaxed) } }
      result.withLock { $0 = outcome }
      done.signal()
    }
    // As much as a main thread's.
    thread.stackSize = 8 << 20
    thread.start()
    var deadline: Date?
    while done.wait(timeout: .now() + .milliseconds(20)) == .timedOut {
      let count = signals.drain()
      if count > 0, deadline == nil {
        isStopRequested.store(true, ordering: .relaxed)
        deadline = Date(timeIntervalSinceNow: grace)
      }
      if count > 1 || deadline.map({ Date() > $0 }) == true { return nil }
    }
    return try result.withLock { $0 }?.get()
  }
}
