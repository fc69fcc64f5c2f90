import ReproducibleMath
import SparseNetworks

/// The training of one member in all its phases: the penalised training, then the job's later phases, each with a fresh
/// optimiser on the weights that are left.
///
/// Not for two threads at once.
final class PhasedTraining {
  private let job: TrainingJob
  private let samples: TrainingSamples
  private let kernels: Kernels
  private var phase = 0
  private var trainer: Trainer
  private var earlierCurve: [Double] = []
  private var validation: ValidationProgress?

  /// Steps of all phases.
  let totalSteps: Int

  /// From the start, or from a checkpoint of the same job; `signals` has the signal of each input of the network. Throws `TrainingCheckpointError` for one of another.
  init(
    _ job: TrainingJob, samples: TrainingSamples, signals: [Int]? = nil, kernels: Kernels,
    checkpoint: MemberCheckpoint?
  ) throws {
    (self.job, self.samples, self.kernels) = (job, samples, kernels)
    totalSteps = job.steps(samples: samples.count)
    validation = job.validationInterval.map { _ in ValidationProgress() }
    trainer = Trainer(
      shape: job.shape, settings: job.settings, seed: job.seed, samples: samples, kernels: kernels,
      signals: signals)
    if let checkpoint { try restore(checkpoint) }
  }

  /// Steps done, over all phases.
  var step: Int { stepsBefore(phase) + trainer.step }
  /// Whether all phases are done.
  var isFinished: Bool { trainer.isFinished && phase == job.phases.count - 1 }
  /// All that is needed to go on.
  var checkpoint: MemberCheckpoint {
    MemberCheckpoint(
      step: step, phase: phase, earlierCurve: earlierCurve, training: trainer.checkpoint,
      validation: validation)
  }
  /// The network as it is now: after a fixed-mask phase the mask says what is left, otherwise the threshold.
  var network: PrunedNetwork {
    trainer.parameters.pruned(threshold: threshold)
  }

  /// Whether the weights as they are now are to be judged by ``noteValidation(error:)`` before training on: in the last
  /// phase at every multiple of the job's interval, and at the end.
  var isValidationDue: Bool {
    guard let validation, let interval = job.validationInterval, phase == job.phases.count - 1 else {
      return false
    }
    return trainer.step > validation.lastStep && (trainer.step % interval == 0 || trainer.isFinished)
  }

  /// Takes the error of the weights as they are now on the validation trajectories.
  func noteValidation(error: Double) { validation?.note(error, step: trainer.step, trainer.parameters) }

  /// The network with the least error on the validation trajectories, and the step of the last phase that gave it; the last
  /// one, and nil, without validation.
  var bestNetwork: (network: PrunedNetwork, step: Int?) {
    guard let validation, let parameters = validation.parameters(shape: job.shape) else {
      return (network, nil)
    }
    return (parameters.pruned(threshold: threshold), validation.best?.step)
  }

  private var threshold: Float { phase == 0 ? Float(job.pruneThreshold) : 0 }

  /// Trains up to `steps` more steps of the phase under way, or of the next if that is done. Returns the mean squared
  /// error of the last batch; throws `NonFiniteLoss`, counted over all phases.
  func train(steps: Int) throws -> Double {
    if trainer.isFinished, !isFinished { beginNextPhase() }
    var steps = steps
    if let interval = job.validationInterval { steps = min(steps, interval - trainer.step % interval) }
    do {
      return try trainer.train(steps: steps)
    } catch let error as NonFiniteLoss {
      throw error.after(epochs: earlierCurve.count, steps: stepsBefore(phase))
    }
  }

  private func stepsBefore(_ phase: Int) -> Int {
    job.phases[..<phase].reduce(0) { $0 + $1.settings.steps(samples: samples.count) }
  }

  private func beginNextPhase() {
    let masked = job.laterPhases[phase].masked(
      trainer.parameters, threshold: threshold, samples: samples)
    earlierCurve += trainer.trainingCurve
    phase += 1
    trainer = fineTuning(of: masked)
  }

  private func fineTuning(of parameters: NetworkParameters) -> Trainer {
    var stream = RandomStream(seed: job.seed, purpose: .fineTuning, index: UInt32(phase))
    return Trainer(
      fineTuning: parameters, settings: job.phases[phase].settings, seed: stream.next(), samples: samples,
      kernels: kernels)
  }

  private func restore(_ checkpoint: MemberCheckpoint) throws {
    guard job.phases.indices.contains(checkpoint.phase),
      (checkpoint.validation == nil) == (validation == nil),
      checkpoint.validation.map({ $0.best == nil || $0.parameters(shape: job.shape) != nil }) ?? true,
      checkpoint.earlierCurve.count == job.phases[..<checkpoint.phase].reduce(0, { $0 + $1.settings.epochs })
    else { throw TrainingCheckpointError.otherTraining }
    phase = checkpoint.phase
    earlierCurve = checkpoint.earlierCurve
    validation = checkpoint.validation
    // Its weights and mask are the checkpoint's.
    if phase > 0 { trainer = fineTuning(of: .initial(shape: job.shape, seed: job.seed)) }
    try trainer.restore(checkpoint.training)
    guard step == checkpoint.step else { throw TrainingCheckpointError.otherTraining }
  }
}

extension TrainingJob {
  /// All phases, in order.
  package var phases: [TrainingPhase] { [TrainingPhase(settings: settings)] + laterPhases }

  /// Throws ``TrainingJobError`` for numbers that no study file can have given.
  func checkPhases() throws(TrainingJobError) {
    let range = 1...1_000_000_000
    for settings in phases.map(\.settings)
    where !range.contains(settings.epochs) || !range.contains(settings.batchSize) {
      throw TrainingJobError(
        problem: "a phase of the training has \(settings.epochs) epochs with batches of \(settings.batchSize)"
      )
    }
    if let validationInterval, !range.contains(validationInterval) {
      throw TrainingJobError(problem: "validation every \(validationInterval) steps is impossible")
    }
    for keep in laterPhases.compactMap(\.keep)
    where keep.weights < 0 || !(0...1000).contains(keep.roundsAfter) {
      throw TrainingJobError(
        problem: "pruning to \(keep.weights) weights, with \(keep.roundsAfter) rounds to come, is impossible")
    }
  }

  /// Steps of all phases on that many samples.
  package func steps(samples: Int) -> Int {
    phases.reduce(0) { $0 + $1.settings.steps(samples: samples) }
  }
}

extension TrainingSettings {
  /// Steps of the training on that many samples.
  package func steps(samples: Int) -> Int { (samples + batchSize - 1) / batchSize * epochs }
}
