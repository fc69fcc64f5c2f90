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
    var checkpoint = checkpoint
    var blocks = job.validationBlocks.map { _ in checkpoint?.blocks ?? BlockValidation() }
    guard (checkpoint == nil) || (checkpoint?.blocks == nil) == (blocks == nil) else {
      throw TrainingCheckpointError.otherTraining
    }
    while let count = job.validationBlocks, let done = blocks?.done, done < count {
      do {
        let block = LeftOutBlock(index: done, count: count)
        let (standardisation, training) = try train(from: checkpoint, without: block, blocks, progress)
        switch training {
        case .stopped(let checkpoint): return .stopped(checkpoint)
        case .trained(let network, _, let end):
          do {
            let errors = try errors(
              in: block, of: network, standardisation, alive: { try tell(end, progress) })
            blocks?.note(errors)
          } catch is Stop {
            return .stopped(end)
          }
        }
      } catch is NonFiniteLoss {
        blocks?.noteFailure()
      }
      checkpoint = nil
    }
    let (standardisation, training) = try train(from: checkpoint, without: nil, blocks, progress)
    switch training {
    case .stopped(let checkpoint): return .stopped(checkpoint)
    case .trained(let network, let step, let checkpoint):
      do {
        func alive() throws { try tell(checkpoint, progress) }
        let forecasts = try forecastErrors(of: .test, network, standardisation, alive: alive)
        let validation =
          try blocks?.forecastErrors(job.windows)
          ?? forecastErrors(of: .validation, network, standardisation, alive: alive)
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

  /// Says that forecasts after a training are under way; throws ``Stop``.
  private func tell(_ end: MemberCheckpoint, _ progress: Progress) throws {
    let trainings = (job.validationBlocks ?? 0) + 1
    let done = min(trainings, (end.blocks?.done ?? 0) + 1)
    let loss = end.trainingCurve.last ?? .nan
    if try progress(end.step * done, end.step * trainings, loss, { end }) == .stop { throw Stop() }
  }

  private enum Training {
    /// The network, the step of the last phase that validation chose, and the end of the training.
    case trained(PrunedNetwork, Int?, MemberCheckpoint)
    case stopped(MemberCheckpoint)
  }

  /// The samples' memory is given back when this returns, before the forecasts take theirs.
  private func train(
    from checkpoint: MemberCheckpoint?, without block: LeftOutBlock?, _ blocks: BlockValidation?,
    _ progress: Progress
  ) throws -> (Standardisation, Training) {
    func data(_ views: [TrajectoryView]) throws -> MemberData {
      try MemberData(views, dataset.signals, of: job, regressor: regressor, storage: storage)
    }
    let data = try dataset.withViews(0..<job.trainingTrajectories, of: .training) { views in
      guard let rows = block?.rows(of: views.map(\.rowCount), given: givenRows) else {
        return try data(views)
      }
      return try views.withMissing(rows) { try data($0) }
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
    func checkpointNow() -> MemberCheckpoint {
      var checkpoint = training.checkpoint
      checkpoint.blocks = blocks
      return checkpoint
    }
    let trainings = (job.validationBlocks ?? 0) + 1
    func isToStop() throws -> Bool {
      let done = (blocks?.done ?? 0) * training.totalSteps
      return try progress(done + training.step, trainings * training.totalSteps, loss, checkpointNow) == .stop
    }
    while !training.isFinished || training.isValidationDue {
      // A training that was stopped during a validation resumes with it.
      if !training.isValidationDue {
        loss = try training.train(steps: stepsBetween)
        if try isToStop() { return (standardisation, .stopped(checkpointNow())) }
      }
      guard training.isValidationDue else { continue }
      do {
        let error = try validationError(of: training.network, standardisation) {
          if try isToStop() { throw Stop() }
        }
        training.noteValidation(error: error)
      } catch is Stop {
        return (standardisation, .stopped(checkpointNow()))
      }
    }
    let (network, step) = training.bestNetwork
    return (standardisation, .trained(network, step, checkpointNow()))
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

  /// Rows that a forecast is given.
  private var givenRows: Int { MemberForecasts.lastGivenRow(regressor, job.hiddenStates) + 1 }

  /// The errors in a block of the forecasts of the training trajectories, one for each of which it has rows.
  private func errors(
    in block: LeftOutBlock, of network: PrunedNetwork, _ standardisation: Standardisation,
    alive: () throws -> Void
  ) throws -> [ForecastError] {
    let forecasts = MemberForecasts(
      network: network, standardisation: standardisation, samplingTime: dataset.signals.samplingTime,
      regressor: regressor, hiddenStates: job.hiddenStates, kernels: kernels)
    let lengths = Array(dataset.signals.rows[.training, default: []].prefix(job.trainingTrajectories))
    let n = dataset.signals.stateNames.count
    return try zip(lengths.indices, block.rows(of: lengths, given: givenRows)).flatMap { index, rows in
      if rows.isEmpty { return [ForecastError]() }
      let trajectory = try dataset.trajectories(index..<index + 1, of: .training)
      let forecast = try forecasts.forecasts(of: trajectory, alive: alive)[0]
      var truth = [Double](repeating: .nan, count: forecast.count)
      let values = rows.lowerBound * n..<rows.upperBound * n
      truth.replaceSubrange(values, with: trajectory[0].states[values])
      return ForecastError.errors(
        of: forecast, truth: truth, deviations: standardisation.stateDeviation,
        windows: [ForecastWindow(from: 0, to: trajectory[0].rowCount)], warmUp: forecasts.lastGivenRow)
    }
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
