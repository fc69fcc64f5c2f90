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
  /// sample of a batch two floats a unit (activation and error). A training on simulations has a float for each signal of each
  /// row instead, padded to 4, and a float a unit for each step of 32 windows. The dataset's file is mapped, and the system drops
  /// its pages when memory is short.
  package let bytes: Int
  /// Bytes of `bytes` for samples and for the rows of simulations, which may lie in files.
  private let samples: Int
  private let rows: Int

  package init(of job: TrainingJob, in signals: DatasetSchema) {
    let (n, m) = (signals.stateNames.count, signals.inputNames.count)
    let samples = signals.trainingSamples(job.trainingTrajectories, job.regressor(outputs: n, inputs: m))
    let (shape, float) = (job.shape, MemoryLayout<Float>.size)
    let units = shape.inputs + shape.biasCount
    var (sampleFloats, rowFloats) = (0, 0)
    var floats = 6 * (shape.weightCount + shape.biasCount)
    let (steps, simulations) = (
      job.phases.filter { $0.settings.simulation == nil }, job.phases.compactMap(\.settings.simulation)
    )
    if let batch = steps.map(\.settings.batchSize).max() {
      sampleFloats = samples * ((shape.inputs + shape.outputs + 7) / 8 * 8)
      floats += sampleFloats + samples + 2 * units * min(batch, samples)
    }
    if !simulations.isEmpty {
      let rows = (signals.rows[.training] ?? []).prefix(job.trainingTrajectories)
      let horizon = simulations.map { $0.horizon ?? rows.max() ?? 1 }.max() ?? 1
      rowFloats = rows.reduce(0, +) * ((n + m + 3) / 4 * 4)
      floats += rowFloats + 32 * units * horizon
    }
    bytes = (16 << 20) + float * floats
    (self.samples, self.rows) = (float * sampleFloats, float * rowFloats)
  }

  /// Bytes that must be in memory where the process may use so many.
  func bytes(of memory: Int) -> Int {
    bytes - [samples, rows].filter { SampleStorage.isMapped($0, memory: memory) }.reduce(0, +)
  }

  /// Throws ``MemoryShortageError`` if it is more than the process may use.
  package func check(against resources: HostResources = .current) throws(MemoryShortageError) {
    guard let limit = resources.memory, bytes(of: limit) > limit else { return }
    throw MemoryShortageError(needed: bytes(of: limit), available: limit, limit: resources.memoryLimit)
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
