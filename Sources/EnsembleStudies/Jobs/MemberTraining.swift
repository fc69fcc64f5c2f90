import SparseNetworks
import TrajectoryData

/// Runs one job: train, prune, fine-tune, forecast the test and the validation trajectories.
///
/// Depends on nothing but the job and the dataset's numbers. Not for two threads at once.
package struct MemberTraining {
  /// Trajectories forecast at a time: it bounds the memory, the result doesn't depend on it.
  private static let forecastsAtOnce = 16

  private let job: TrainingJob
  private let dataset: DatasetFile
  private let kernels: Kernels
  private let regressor: Regressor
  private let storage: SampleStorage

  /// A job and the dataset that it names. Samples that would take more than a quarter of `memory` bytes lie in a file beside
  /// the dataset's; nil: none do.
  ///
  /// Throws ``TrainingJobError`` if the dataset has too few trajectories, or other widths than the network, or if a phase
  /// of the training has a length, batch or number of weights that is out of range.
  package init(_ job: TrainingJob, dataset: DatasetFile, kernels: Kernels, memory: Int? = nil) throws {
    let signals = dataset.signals
    guard (1...signals.count(.training)).contains(job.trainingTrajectories) else {
      throw TrainingJobError(
        problem:
          "\(job.trainingTrajectories) training trajectories are wanted, the dataset has \(signals.count(.training))"
      )
    }
    let (n, m) = (signals.stateNames.count, signals.inputNames.count)
    let regressor = job.regressor(outputs: n, inputs: m)
    guard regressor.outputCount == n, regressor.inputs.count == m else {
      throw TrainingJobError(
        problem:
          "the regressor has \(regressor.outputCount) outputs and \(regressor.inputs.count) inputs, the dataset "
          + "\(n) and \(m)")
    }
    guard (regressor.hiddenStates > 0) == (job.hiddenStates != nil),
      regressor.hiddenStates == 0 || job.phases.allSatisfy({ $0.settings.simulation != nil })
    else {
      throw TrainingJobError(
        problem: "hidden states need a start, and the loss of a simulation in all phases of the training")
    }
    guard regressor.hiddenStates == 0 || job.phases.allSatisfy({ $0.keep?.criterion != .fisher }) else {
      throw TrainingJobError(
        problem: "with hidden states weights can't be pruned by their Fisher information")
    }
    guard job.shape.inputs == regressor.columns.count, job.shape.outputs == n + regressor.hiddenStates else {
      throw TrainingJobError(
        problem:
          "the network has \(job.shape.inputs) inputs and \(job.shape.outputs) outputs, the dataset needs "
          + "\(regressor.columns.count) and \(n + regressor.hiddenStates)")
    }
    guard signals.trainingSamples(job.trainingTrajectories, regressor) > 0 else {
      throw TrainingJobError(
        problem: "no training trajectory has more than the \(regressor.warmUp + 1) rows that the lags need")
    }
    if let steps = job.integralSteps, signals.shortestTraining(job.trainingTrajectories, regressor) < steps {
      throw TrainingJobError(
        problem: "a training trajectory has fewer steps than the \(steps) of the loss's integral form")
    }
    if let weights = job.outputWeights {
      guard weights.count == n, weights.allSatisfy({ $0 > 0 && $0.isFinite }) else {
        throw TrainingJobError(
          problem: "the weights of the \(n) outputs are \(weights); there must be one above 0 for each")
      }
    }
    guard let window = job.longestWindow else {
      throw TrainingJobError(problem: "the job has no forecast window")
    }
    let validated = signals.rows[.validation, default: []].map { regressor.sampleCount(rows: $0) }
    guard job.validationInterval == nil || validated.contains(where: { $0 > window.from }) else {
      throw TrainingJobError(
        problem: "validation is wanted, but no validation trajectory has a step in the window \(window)")
    }
    try job.checkPhases()
    (self.job, self.dataset, self.kernels, self.regressor) = (job, dataset, kernels, regressor)
    storage = SampleStorage(beside: dataset.path, memory: memory)
  }

  /// What may happen between some steps of a training.
  package enum Directive: Sendable {
    /// Train on.
    case proceed
    /// Stop here; `run` returns a checkpoint.
    case stop
  }

  /// How a run ended.
  package enum Outcome: Sendable {
    /// The member is trained, pruned and judged.
    case finished(MemberFile)
    /// It was stopped.
    case stopped(MemberCheckpoint)
  }

  /// Is told the step, all steps and the loss, and gets a way to make a checkpoint.
  package typealias Progress = (
    _ step: Int, _ totalSteps: Int, _ loss: Double, _ checkpoint: () -> MemberCheckpoint
  ) throws -> Directive

  /// Trains from the start or a checkpoint; calls `progress` every few milliseconds, also while it
  /// forecasts.
  ///
  /// Throws `NonFiniteLoss` if the training diverges, `StandardisationError` for a constant column,
  /// `TrainingCheckpointError` for a checkpoint of another training.
  package func run(from checkpoint: MemberCheckpoint? = nil, progress: Progress) throws -> Outcome {
    let (standardisation, training) = try train(from: checkpoint, progress)
    switch training {
    case .stopped(let checkpoint): return .stopped(checkpoint)
    case .trained(let network, let step, let checkpoint):
      let loss = checkpoint.trainingCurve.last ?? .nan
      do {
        let alive = {
          let directive = try progress(checkpoint.step, checkpoint.step, loss) { checkpoint }
          if directive == .stop { throw Stop() }
        }
        let forecasts = try forecastErrors(of: .test, network, standardisation, alive: alive)
        let validation = try forecastErrors(of: .validation, network, standardisation, alive: alive)
        return .finished(
          MemberFile(
            job: job, network: network, chosenStep: step, trainingCurve: checkpoint.trainingCurve,
            standardisation: standardisation, stateNames: dataset.signals.stateNames,
            inputNames: dataset.signals.inputNames, units: dataset.signals.units,
            samplingTime: dataset.signals.samplingTime,
            forecasts: forecasts, validation: validation))
      } catch is Stop {
        return .stopped(checkpoint)
      }
    }
  }

  /// As ``run(from:progress:)``, but from the start if the checkpoint is of another training, perhaps by another version of
  /// the program: that costs time, not the job.
  package func resume(from checkpoint: MemberCheckpoint?, progress: Progress) throws -> Outcome {
    do {
      return try run(from: checkpoint, progress: progress)
    } catch is TrainingCheckpointError where checkpoint != nil {
      return try run(from: nil, progress: progress)
    }
  }

  /// Ends the forecasts.
  private struct Stop: Error {}

  private enum Training {
    /// The network, the step of the last phase that validation chose, and the end of the training.
    case trained(PrunedNetwork, Int?, MemberCheckpoint)
    case stopped(MemberCheckpoint)
  }

  /// The samples' memory is given back when this returns, before the forecasts take theirs.
  private func train(from checkpoint: MemberCheckpoint?, _ progress: Progress) throws -> (
    Standardisation, Training
  ) {
    let data = try dataset.withViews(0..<job.trainingTrajectories, of: .training) {
      try MemberData($0, dataset.signals, of: job, regressor: regressor, storage: storage)
    }
    let standardisation = data.standardisation
    let training: PhasedTraining
    do {
      training = try PhasedTraining(job, data: data, kernels: kernels, checkpoint: checkpoint)
    } catch let error as SimulationTrainingError {
      throw TrainingJobError(problem: error.description)
    }
    let stepsBetween = stepsBetween(samples: data.sampleCount)
    var loss = checkpoint?.trainingCurve.last ?? .nan
    func isToStop() throws -> Bool {
      try progress(training.step, training.totalSteps, loss, { training.checkpoint }) == .stop
    }
    while !training.isFinished || training.isValidationDue {
      // A training that was stopped during a validation resumes with it.
      if !training.isValidationDue {
        loss = try training.train(steps: stepsBetween)
        if try isToStop() { return (standardisation, .stopped(training.checkpoint)) }
      }
      guard training.isValidationDue else { continue }
      do {
        let error = try validationError(of: training.network, standardisation) {
          if try isToStop() { throw Stop() }
        }
        training.noteValidation(error: error)
      } catch is Stop {
        return (standardisation, .stopped(training.checkpoint))
      }
    }
    let (network, step) = training.bestNetwork
    return (standardisation, .trained(network, step, training.checkpoint))
  }

  /// The mean AN-RFMAE of the validation trajectories over the longest window; a forecast that blew up counts with the
  /// blow-up limit, and a trajectory without a step in the window nothing.
  private func validationError(
    of network: PrunedNetwork, _ standardisation: Standardisation, alive: () throws -> Void
  ) throws -> Double {
    let window = job.longestWindow
    let errors = try forecastErrors(of: .validation, network, standardisation, alive: alive)
      .compactMap { $0.first { $0.window == window } }
    let sum = errors.reduce(0) { $0 + ($1.blewUp ? ForecastError.blowUpLimit : $1.meanAbsolute) }
    return sum / Double(errors.count)
  }

  /// Steps of about 10 ms at 100 GFLOP/s: a step has 6 operations a weight and sample.
  private func stepsBetween(samples: Int) -> Int {
    // An iteration of a second-order method takes milliseconds.
    if job.phases.contains(where: { $0.settings.secondOrder != nil }) { return 1 }
    let samplesOfStep = job.phases.map { phase in
      guard let simulation = phase.settings.simulation else { return phase.settings.batchSize }
      return simulation.horizon.map { ($0 + simulation.washout) * phase.settings.batchSize } ?? samples
    }
    let work = 6.0 * Double(max(1, job.shape.weightCount)) * Double(samplesOfStep.max() ?? 1)
    return Int(max(1, min(256, 1e9 / work)))
  }

  private func forecastErrors(
    of part: TrajectorySet.Part, _ network: PrunedNetwork, _ standardisation: Standardisation,
    alive: () throws -> Void
  ) throws -> [[ForecastError]] {
    let forecasts = MemberForecasts(
      network: network, standardisation: standardisation, samplingTime: dataset.signals.samplingTime,
      regressor: regressor, hiddenStates: job.hiddenStates, kernels: kernels)
    let count = dataset.signals.count(part)
    return try stride(from: 0, to: count, by: Self.forecastsAtOnce).flatMap { first in
      let trajectories = try dataset.trajectories(first..<min(count, first + Self.forecastsAtOnce), of: part)
      let predicted = try forecasts.forecasts(of: trajectories, alive: alive)
      return zip(trajectories, predicted).map { truth, forecast in
        ForecastError.errors(
          of: forecast, truth: truth.states, deviations: standardisation.stateDeviation, windows: job.windows,
          warmUp: forecasts.lastGivenRow)
      }
    }
  }
}
