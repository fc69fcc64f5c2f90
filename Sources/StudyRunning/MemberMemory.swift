import EnsembleStudies
import ErrorCategories
import HostResources
import QueueWorker

/// The memory that the training of a member needs at least, from the sizes of its network and samples.
package struct MemberMemory: Hashable, Sendable {
  /// Bytes that are certainly in use at a time: a lower bound, so that nothing is refused that would fit.
  ///
  /// 16 MiB for the program; a float for each input, each output and the order of each sample, rows of samples padded
  /// to 8 floats; six floats for each weight and bias (value, gradient, two moments, penalty, initial value); for each
  /// sample of a batch two floats a unit (activation and error). The dataset's file is mapped, and the system drops its
  /// pages when memory is short.
  package let bytes: Int

  package init(of job: TrainingJob, in signals: DatasetSchema) {
    let samples = signals.trainingSamples(job.trainingTrajectories)
    let (shape, float) = (job.shape, MemoryLayout<Float>.size)
    let row = (shape.inputs + shape.outputs + 7) / 8 * 8 + 1
    let units = shape.inputs + shape.biasCount
    bytes =
      (16 << 20) + float * samples * row + 6 * float * (shape.weightCount + shape.biasCount)
      + 2 * float * units * min(job.settings.batchSize, samples)
  }

  /// Throws ``MemoryShortageError`` if it is more than the process may use.
  package func check(against resources: HostResources = .current) throws(MemoryShortageError) {
    guard let limit = resources.memory, bytes > limit else { return }
    throw MemoryShortageError(needed: bytes, available: limit, limit: resources.memoryLimit)
  }
}

/// A member that needs more memory than this process may use.
package struct MemoryShortageError: CategorizedError, HostShortcoming, Hashable {
  package let needed: Int
  package let available: Int
  package let limit: HostResources.MemoryLimit
  package var category: ErrorCategory { .failed }
  package var description: String {
    "training a member takes at least \(Self.megabytes(needed)) of memory, and \(limit) is \(Self.megabytes(available)): "
      + "raise the limit, or use fewer training trajectories or a smaller network"
  }

  private static func megabytes(_ bytes: Int) -> String { "\((bytes + (1 << 20) - 1) >> 20) MiB" }
}
