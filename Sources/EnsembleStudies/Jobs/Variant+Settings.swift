import SparseNetworks
import StudyFiles

extension Variant {
  /// The phases of the training on that many samples: perhaps a start on one step's error, the penalised training, the
  /// rounds of pruning, debiasing.
  func phases(samples: Int) -> [TrainingPhase] {
    let batchSize = batchSize ?? min(Self.usualBatchSize, samples)
    var penalised = TrainingSettings(
      epochs: 1, batchSize: batchSize, learningRate: learningRate, adam: adam, loss: loss,
      oneStep: oneStepLoss(phaseLoss), simulation: simulationLoss(phaseLoss), penalty: penalty,
      screeningInterval: activeSet ? screeningInterval : nil)
    penalised.epochs = epochs(length, of: penalised, samples)
    var phases = [TrainingPhase(isPenalised: true, settings: penalised)]
    if lossMethod == .simulation, hiddenStates == 0, simulation.startSteps > 0 {
      var start = penalised
      start.simulation = nil
      start.epochs = epochs(.steps(simulation.startSteps), of: start, samples)
      phases.insert(TrainingPhase(settings: start), at: 0)
    }
    if let pruning {
      let settings = fineTuning(
        pruning.length, pruning.learningRate, pruning.batchSize, pruning.loss, samples)
      phases += (0..<pruning.rounds).map { round in
        TrainingPhase(
          keep: .init(
            weights: pruning.weights, roundsAfter: pruning.rounds - 1 - round, criterion: pruning.criterion),
          settings: settings)
      }
    }
    if let debias {
      phases.append(
        TrainingPhase(
          settings: fineTuning(
            debias.length, debias.learningRate, debias.batchSize, debias.loss, samples)))
    }
    return phases
  }

  /// How hidden states start; nil without any.
  var hiddenStart: HiddenStates? {
    hiddenStates == 0 ? nil : HiddenStates(initialState: startOfHiddenStates, rows: washout)
  }

  private func fineTuning(
    _ length: TrainingLength, _ rate: LearningRate, _ batchSize: Int?, _ ownLoss: PhaseLoss?, _ samples: Int
  ) -> TrainingSettings {
    var settings = TrainingSettings(
      epochs: 1, batchSize: batchSize ?? self.batchSize ?? min(Self.usualBatchSize, samples),
      learningRate: rate, adam: adam, loss: loss,
      oneStep: oneStepLoss(ownLoss ?? phaseLoss), simulation: simulationLoss(ownLoss ?? phaseLoss))
    settings.epochs = epochs(length, of: settings, samples)
    return settings
  }

  private func oneStepLoss(_ phase: PhaseLoss) -> OneStepLoss? {
    phase.method == .oneStep ? phase.oneStep : nil
  }

  private func simulationLoss(_ phase: PhaseLoss) -> SimulationLoss? {
    guard phase.method == .simulation else { return nil }
    let isEstimated = hiddenStates > 0 && startOfHiddenStates == .estimated
    let simulation = phase.simulation
    return SimulationLoss(
      horizon: simulation.horizon, washout: hiddenStates > 0 && !isEstimated ? washout : 0,
      growth: simulation.growth, clipping: simulation.clipping, trainsInitialStates: isEstimated)
  }

  private func epochs(_ length: TrainingLength, of settings: TrainingSettings, _ samples: Int) -> Int {
    length.epochs(stepsPerEpoch: settings.stepsPerEpoch(samples: samples))
  }
}
