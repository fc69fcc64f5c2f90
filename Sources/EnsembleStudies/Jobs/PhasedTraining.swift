import ReproducibleMath
import SparseNetworks

/// The training of one member in all its parts: the penalised training, then the job's fine-tunings, each with a fresh
/// optimiser on the weights that are left.
///
/// Not for two threads at once.
final class PhasedTraining {
  private let job: TrainingJob
  private let samples: TrainingSamples
  private let kernels: Kernels
  private var part = 0
  private var trainer: Trainer
  private var earlierCurve: [Double] = []

  /// Steps of all parts.
  let totalSteps: Int

  /// From the start, or from a checkpoint of the same job. Throws `TrainingCheckpointError` for one of another.
  init(_ job: TrainingJob, samples: TrainingSamples, kernels: Kernels, checkpoint: MemberCheckpoint?) throws {
    (self.job, self.samples, self.kernels) = (job, samples, kernels)
    totalSteps = job.steps(samples: samples.count)
    trainer = Trainer(
      shape: job.shape, settings: job.settings, seed: job.seed, samples: samples, kernels: kernels)
    if let checkpoint { try restore(checkpoint) }
  }

  /// Steps done, over all parts.
  var step: Int { stepsBefore(part) + trainer.step }
  /// Whether all parts are done.
  var isFinished: Bool { trainer.isFinished && part == job.parts.count - 1 }
  /// All that is needed to go on.
  var checkpoint: MemberCheckpoint {
    MemberCheckpoint(step: step, part: part, earlierCurve: earlierCurve, training: trainer.checkpoint)
  }
  /// The network as it is now: after a fixed-mask part the mask says what is left, otherwise the threshold.
  var network: PrunedNetwork {
    trainer.parameters.pruned(threshold: part == 0 ? Float(job.pruneThreshold) : 0)
  }

  /// Trains up to `steps` more steps of the part under way, or of the next if that is done. Returns the mean squared
  /// error of the last batch; throws `NonFiniteLoss`, counted over all parts.
  func train(steps: Int) throws -> Double {
    if trainer.isFinished, !isFinished { beginNextPart() }
    do {
      return try trainer.train(steps: steps)
    } catch let error as NonFiniteLoss {
      throw error.after(epochs: earlierCurve.count, steps: stepsBefore(part))
    }
  }

  private func stepsBefore(_ part: Int) -> Int {
    job.parts[..<part].reduce(0) { $0 + $1.steps(samples: samples.count) }
  }

  private func beginNextPart() {
    let masked = job.fineTunings[part].masked(
      trainer.parameters, threshold: part == 0 ? Float(job.pruneThreshold) : 0, samples: samples)
    earlierCurve += trainer.trainingCurve
    part += 1
    trainer = fineTuning(of: masked)
  }

  private func fineTuning(of parameters: NetworkParameters) -> Trainer {
    var stream = RandomStream(seed: job.seed, purpose: .fineTuning, index: UInt32(part))
    return Trainer(
      fineTuning: parameters, settings: job.parts[part], seed: stream.next(), samples: samples,
      kernels: kernels)
  }

  private func restore(_ checkpoint: MemberCheckpoint) throws {
    guard job.parts.indices.contains(checkpoint.part),
      checkpoint.earlierCurve.count == job.parts[..<checkpoint.part].reduce(0, { $0 + $1.epochs })
    else { throw TrainingCheckpointError.otherTraining }
    part = checkpoint.part
    earlierCurve = checkpoint.earlierCurve
    // Its weights and mask are the checkpoint's.
    if part > 0 { trainer = fineTuning(of: .initial(shape: job.shape, seed: job.seed)) }
    try trainer.restore(checkpoint.training)
    guard step == checkpoint.step else { throw TrainingCheckpointError.otherTraining }
  }
}

extension TrainingJob {
  /// The parts after the penalised training, first to last.
  package var fineTunings: [TrainingPhase] { fineTuning ?? [] }

  /// The settings of all parts, first to last.
  package var parts: [TrainingSettings] { [settings] + fineTunings.map(\.settings) }

  /// Throws ``TrainingJobError`` for numbers that no study file can have given.
  func checkParts() throws(TrainingJobError) {
    let range = 1...1_000_000_000
    for part in parts where !range.contains(part.epochs) || !range.contains(part.batchSize) {
      throw TrainingJobError(
        problem: "a part of the training has \(part.epochs) epochs with batches of \(part.batchSize)")
    }
    for keep in fineTunings.compactMap(\.keep)
    where keep.weights < 0 || !(0...1000).contains(keep.roundsAfter) {
      throw TrainingJobError(
        problem: "pruning to \(keep.weights) weights, with \(keep.roundsAfter) rounds to come, is impossible")
    }
  }

  /// Steps of all parts on that many samples.
  package func steps(samples: Int) -> Int { parts.reduce(0) { $0 + $1.steps(samples: samples) } }
}

extension TrainingSettings {
  /// Steps of the training on that many samples.
  package func steps(samples: Int) -> Int { (samples + batchSize - 1) / batchSize * epochs }
}
