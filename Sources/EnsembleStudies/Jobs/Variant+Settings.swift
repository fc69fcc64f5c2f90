import SparseNetworks
import StudyFiles

extension Variant {
  /// The settings of the training, without pruning and debiasing, on that many samples.
  func trainingSettings(samples: Int) -> TrainingSettings {
    TrainingSettings(
      epochs: epochs(length, batchSize: batchSize, samples), batchSize: batchSize, learningRate: learningRate,
      adam: adam, loss: loss, penalty: penalty, screeningInterval: activeSet ? screeningInterval : nil)
  }

  /// The phases after the penalised training: the rounds of pruning, then debiasing.
  func laterPhases(samples: Int) -> [TrainingPhase] {
    var phases: [TrainingPhase] = []
    if let pruning {
      let settings = fineTuning(pruning.length, pruning.learningRate, pruning.batchSize, samples)
      phases += (0..<pruning.rounds).map { round in
        TrainingPhase(
          keep: .init(
            weights: pruning.weights, roundsAfter: pruning.rounds - 1 - round, criterion: pruning.criterion),
          settings: settings)
      }
    }
    if let debias {
      phases.append(
        TrainingPhase(settings: fineTuning(debias.length, debias.learningRate, debias.batchSize, samples)))
    }
    return phases
  }

  private func fineTuning(
    _ length: TrainingLength, _ rate: LearningRate, _ batchSize: Int?, _ samples: Int
  ) -> TrainingSettings {
    let batch = batchSize ?? self.batchSize
    return TrainingSettings(
      epochs: epochs(length, batchSize: batch, samples), batchSize: batch, learningRate: rate, adam: adam,
      loss: loss)
  }

  private func epochs(_ length: TrainingLength, batchSize: Int, _ samples: Int) -> Int {
    length.epochs(stepsPerEpoch: (samples + batchSize - 1) / batchSize)
  }
}
