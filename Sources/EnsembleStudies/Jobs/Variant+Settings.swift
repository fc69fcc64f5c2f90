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
    if let pruning, pruning.criterion != .obs {
      phases += pruning.phases(
        fineTuning(pruning.length, pruning.learningRate, pruning.batchSize, pruning.loss, samples))
    }
    if let debias {
      phases.append(
        TrainingPhase(
          settings: fineTuning(
            debias.length, debias.learningRate, debias.batchSize, debias.loss, samples)))
    }
    return phases + (finish.map(finishing) ?? [])
  }

  /// The finish: perhaps on one step's error first, then on that of its horizon; then perhaps the rounds of the optimal brain
  /// surgeon, the last of which has all iterations.
  private func finishing(_ finish: Finish) -> [TrainingPhase] {
    func settings(_ horizon: Finish.Horizon, iterations: Int) -> TrainingSettings {
      let isOneStep = horizon == .steps(1)
      return TrainingSettings(
        epochs: iterations, batchSize: isOneStep ? finish.samples : finish.windows,
        learningRate: .constant(1), loss: loss,
        simulation: isOneStep ? nil : simulationLoss(of: horizon, simulation),
        secondOrder: SecondOrderSettings(
          method: finish.method, ridge: finish.ridge, tolerance: finish.tolerance))
    }
    var phases: [TrainingPhase] = []
    if finish.startIterations > 0, hiddenStates == 0, finishHorizon != .steps(1) {
      phases.append(TrainingPhase(settings: settings(.steps(1), iterations: finish.startIterations)))
    }
    let last = settings(finishHorizon, iterations: finish.iterations)
    phases.append(TrainingPhase(settings: last))
    if let pruning, pruning.criterion == .obs {
      phases += pruning.phases(settings(finishHorizon, iterations: pruning.iterations))
      phases[phases.count - 1].settings = last
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
    return simulationLoss(of: phase.simulation.horizon.map { .steps($0) } ?? .whole, phase.simulation)
  }

  /// Hidden states of windows settle in a washout, wherever they start in a forecast.
  private func simulationLoss(of horizon: Finish.Horizon, _ simulation: SimulationTraining) -> SimulationLoss
  {
    let steps: Int? = if case .steps(let steps) = horizon { steps } else { nil }
    let isTrained = hiddenStates > 0 && startOfHiddenStates == .estimated && steps == nil
    return SimulationLoss(
      horizon: steps, washout: hiddenStates > 0 && !isTrained ? washout : 0, growth: simulation.growth,
      clipping: simulation.clipping, trainsInitialStates: isTrained)
  }

  private func epochs(_ length: TrainingLength, of settings: TrainingSettings, _ samples: Int) -> Int {
    length.epochs(stepsPerEpoch: settings.stepsPerEpoch(samples: samples))
  }
}

extension IterativePruning {
  /// Its rounds, each trained with these settings.
  fileprivate func phases(_ settings: TrainingSettings) -> [TrainingPhase] {
    (0..<rounds).map { round in
      TrainingPhase(
        keep: .init(weights: weights, roundsAfter: rounds - 1 - round, criterion: criterion),
        settings: settings)
    }
  }
}
