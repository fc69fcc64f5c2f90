import ReproducibleMath
import SparseNetworks
import TrajectoryData

/// The training of one member in all its phases: the penalised training, perhaps after a start on one step's error, then the
/// job's later phases, each with a fresh optimiser on the weights that are left.
///
/// Not for two threads at once.
final class PhasedTraining {
  private let job: TrainingJob
  private let data: MemberData
  private let kernels: Kernels
  private var phase = 0
  private var trainer: any NetworkTraining
  private var earlierCurve: [Double] = []
  private var validation: ValidationProgress?

  /// Steps of all phases.
  let totalSteps: Int

  /// From the start, or from a checkpoint of the same job. Throws `TrainingCheckpointError` for one of another, and
  /// `SimulationTrainingError` for runs that can't be simulated.
  init(_ job: TrainingJob, data: MemberData, kernels: Kernels, checkpoint: MemberCheckpoint?) throws {
    (self.job, self.data, self.kernels) = (job, data, kernels)
    totalSteps = job.stepsOfTraining(samples: data.sampleCount)
    validation = job.validationInterval.map { _ in ValidationProgress() }
    let initial = NetworkParameters.initial(shape: job.shape, seed: job.seed)
    trainer = try Self.trainer(
      of: job.phases[0],
      job.settings.simulation == nil ? initial : initial.contracting(data.recurrence, seed: job.seed),
      seed: job.seed, data, kernels)
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
  var network: PrunedNetwork { trainer.parameters.pruned(threshold: threshold) }

  /// The magnitude below which weights are dropped after the phase under way.
  private var threshold: Float { job.phases[phase].isPenalised ? Float(job.pruneThreshold) : 0 }

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

  /// Trains up to `steps` more steps of the phase under way, or of the next if that is done. Returns the mean loss of the
  /// last batch; throws `NonFiniteLoss`, counted over all phases.
  func train(steps: Int) throws -> Double {
    if trainer.isFinished, !isFinished { try beginNextPhase() }
    var steps = steps
    if let interval = job.validationInterval { steps = min(steps, interval - trainer.step % interval) }
    do {
      return try trainer.train(steps: steps)
    } catch let error as NonFiniteLoss {
      throw error.after(epochs: earlierCurve.count, steps: stepsBefore(phase))
    }
  }

  private func stepsBefore(_ phase: Int) -> Int {
    job.phases[..<phase].reduce(0) { $0 + $1.settings.steps(samples: data.sampleCount) }
  }

  private func beginNextPhase() throws {
    let next = job.phases[phase + 1]
    var parameters = trainer.parameters
    var initialStates = trainer.initialStates
    if let keep = next.keep, keep.criterion == .obs {
      parameters = parameters.thresholded(threshold)
      let surgeon = try OptimalBrainSurgeon(
        parameters, initialStates: initialStates, settings: next.settings, data: data.squares(of: next),
        kernels: kernels)
      (parameters, initialStates) = surgeon.keeping(keep.count(of: parameters.nonzeroWeightCount))
    } else {
      parameters = next.masked(
        parameters, threshold: threshold, samples: { data.samples(of: next.settings) })
    }
    earlierCurve += trainer.trainingCurve
    phase += 1
    trainer = try laterTrainer(of: parameters, initialStates: initialStates)
  }

  private func laterTrainer(
    of parameters: NetworkParameters, initialStates: [Double] = []
  ) throws -> any NetworkTraining {
    var stream = RandomStream(seed: job.seed, purpose: .fineTuning, index: UInt32(phase))
    return try Self.trainer(
      of: job.phases[phase], parameters, initialStates: initialStates, seed: stream.next(), data, kernels)
  }

  private static func trainer(
    of phase: TrainingPhase, _ parameters: NetworkParameters, initialStates: [Double] = [], seed: UInt64,
    _ data: MemberData, _ kernels: Kernels
  ) throws -> any NetworkTraining {
    if phase.settings.secondOrder != nil {
      return try SecondOrderTraining(
        parameters, initialStates: initialStates, settings: phase.settings, data: data.squares(of: phase),
        kernels: kernels)
    }
    guard phase.settings.simulation != nil else {
      return phase.isPenalised
        ? Trainer(
          startingFrom: parameters, settings: phase.settings, seed: seed,
          samples: data.samples(of: phase.settings), kernels: kernels, signals: data.signals)
        : Trainer(
          fineTuning: parameters, settings: phase.settings, seed: seed,
          samples: data.samples(of: phase.settings), kernels: kernels)
    }
    return try SimulationTrainer(
      initial: parameters, settings: phase.settings, recurrence: data.recurrence, runs: data.runs, seed: seed,
      hasFixedMask: !phase.isPenalised, signals: data.signals, kernels: kernels)
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
    if phase > 0 { trainer = try laterTrainer(of: .initial(shape: job.shape, seed: job.seed)) }
    try trainer.restore(checkpoint.training)
    guard step == checkpoint.step else { throw TrainingCheckpointError.otherTraining }
  }
}

/// The training data of a member, as its phases want them.
struct MemberData {
  let standardisation: Standardisation
  let recurrence: Recurrence
  /// The signal of each of the network's inputs.
  let signals: [Int]
  /// Number of rows from which a step can be predicted.
  let sampleCount: Int
  /// One a row from which a step can be predicted, by the number of steps of a target; those that a phase wants.
  private let ofSteps: [Int: TrainingSamples]
  /// nil if no phase simulates.
  private let ofRuns: RecordedRuns?

  /// The data of trajectories for a job's phases, with the schema of their dataset. Throws `StandardisationError` for a
  /// constant column, and ``TrainingJobError`` if a phase wants samples, and all touch a missing value.
  init(
    _ trajectories: [TrajectoryView], _ signals: DatasetSchema, of job: TrainingJob, regressor: Regressor,
    storage: SampleStorage? = nil
  ) throws {
    let standardisation = try Standardisation(
      of: trajectories, states: signals.stateNames, inputs: signals.inputNames
    ).weighted(job.outputWeights)
    let recurrence = Recurrence(
      regressor, standardisation, samplingTime: signals.samplingTime,
      outputWeights: job.outputWeights ?? .init(repeating: 1, count: regressor.outputCount))
    let sampleCount = trajectories.reduce(0) { $0 + regressor.sampleCount(rows: $1.rowCount) }
    let wanted = job.phases.filter {
      $0.settings.simulation == nil || $0.keep?.criterion == .fisher
    }
    var start = 0
    let counts = trajectories.map { regressor.sampleCount(rows: $0.rowCount) }.filter { $0 > 0 }
    let samplesOfRuns = counts.map { count in
      defer { start += count }
      return start..<start + count
    }
    let wantsWholeRuns = wanted.contains { $0.settings.oneStep?.form == .integral }
    ofSteps = Dictionary(
      uniqueKeysWithValues: try Set(wanted.map { $0.settings.stepsOfTargets }).map { steps in
        let samples = try TrainingSamples(
          count: sampleCount, inputs: recurrence.inputWidth, targets: recurrence.states, runs: samplesOfRuns,
          scratch: storage?.scratch(
            TrainingSamples.byteCount(
              sampleCount, inputs: recurrence.inputWidth, targets: recurrence.states))
        ) {
          let filled = standardisation.fillSamples(
            regressor, of: trajectories, into: $0, rowStride: $1, steps: steps)
          guard filled > 0 else { throw TrainingJobError.noWholeSample }
          guard filled == sampleCount || !wantsWholeRuns else { throw TrainingJobError.integralOfGaps }
        }
        return (steps, samples)
      })
    ofRuns =
      job.phases.contains { $0.settings.simulation != nil }
      ? RecordedRuns(regressor, of: trajectories, standardisation, in: storage) : nil
    self.signals = regressor.signalOfColumn
    (self.standardisation, self.recurrence, self.sampleCount) = (standardisation, recurrence, sampleCount)
  }

  /// The samples for a phase of these settings, or for the choice of its weights.
  func samples(of settings: TrainingSettings) -> TrainingSamples {
    guard let samples = ofSteps[settings.stepsOfTargets] else {
      preconditionFailure("samples of steps for phases that want none")
    }
    return samples
  }

  /// The errors of a second-order phase.
  func squares(of phase: TrainingPhase) -> SquaresData {
    phase.settings.simulation == nil ? .samples(samples(of: phase.settings)) : .runs(runs, recurrence)
  }

  var runs: RecordedRuns {
    guard let ofRuns else { preconditionFailure("runs for phases that don't simulate") }
    return ofRuns
  }
}

extension TrainingSettings {
  /// Steps of the differences in the samples.
  fileprivate var stepsOfTargets: Int { oneStep?.stepsOfTargets ?? 1 }
}

extension TrainingJob {
  /// All phases, in order; the first is penalised.
  package var phases: [TrainingPhase] { [TrainingPhase(isPenalised: true, settings: settings)] + laterPhases }

  /// Throws ``TrainingJobError`` for numbers that no study file can have given.
  func checkPhases() throws(TrainingJobError) {
    let range = 1...1_000_000_000
    for settings in phases.map(\.settings) {
      guard range.contains(settings.epochs), range.contains(settings.batchSize) else {
        throw TrainingJobError(
          problem:
            "a phase of the training has \(settings.epochs) epochs with batches of \(settings.batchSize)")
      }
      guard (1...1000).contains(settings.oneStep?.steps ?? 1) else {
        throw TrainingJobError(problem: "a phase of the training compares an impossible number of steps")
      }
      guard let simulation = settings.simulation else { continue }
      guard (2...100_000).contains(simulation.horizon ?? 2), (0...100_000).contains(simulation.washout),
        (0...1).contains(simulation.growth), simulation.clipping > 0
      else { throw TrainingJobError(problem: "a phase of the training has an impossible simulation") }
    }
    for case let method? in phases.map(\.settings.secondOrder) {
      guard method.ridge >= 0, method.ridge.isFinite, method.tolerance >= 0 else {
        throw TrainingJobError(problem: "a phase of the training has an impossible second-order method")
      }
    }
    for phase in phases where phase.keep?.criterion == .obs && phase.settings.secondOrder == nil {
      throw TrainingJobError(problem: "the optimal brain surgeon prunes in a second-order phase only")
    }
    if let validationBlocks, !(2...100).contains(validationBlocks) {
      throw TrainingJobError(problem: "validation on \(validationBlocks) blocks is impossible")
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

  /// Steps of all phases on that many samples, in each of the job's trainings.
  package func steps(samples: Int) -> Int {
    stepsOfTraining(samples: samples) * ((validationBlocks ?? 0) + 1)
  }

  /// Steps of one of them.
  func stepsOfTraining(samples: Int) -> Int {
    phases.reduce(0) { $0 + $1.settings.steps(samples: samples) }
  }
}
