import SparseNetworks
import StudyFiles

extension Variant {
  /// The settings of the training, without pruning and debiasing, on that many samples.
  func trainingSettings(samples: Int) -> TrainingSettings {
    let batchSize = batchSize ?? min(Self.usualBatchSize, samples)
    return TrainingSettings(
      epochs: epochs(length, batchSize: batchSize, samples), batchSize: batchSize, learningRate: learningRate,
      adam: adam, loss: loss, penalty: penalty, screeningInterval: activeSet ? screeningInterval : nil)
  }

  /// What follows the training: the rounds of pruning, then debiasing; nil for neither.
  func fineTuning(samples: Int) -> [TrainingPhase]? {
    var parts: [TrainingPhase] = []
    if let pruning {
      let settings = fineTuning(pruning.length, pruning.learningRate, pruning.batchSize, samples)
      parts += (0..<pruning.rounds).map { round in
        TrainingPhase(
          keep: .init(
            weights: pruning.weights, roundsAfter: pruning.rounds - 1 - round, criterion: pruning.criterion),
          settings: settings)
      }
    }
    if let debias {
      parts.append(
        TrainingPhase(settings: fineTuning(debias.length, debias.learningRate, debias.batchSize, samples)))
    }
    return parts.isEmpty ? nil : parts
  }

  private func fineTuning(
    _ length: TrainingLength, _ rate: LearningRate, _ batchSize: Int?, _ samples: Int
  ) -> TrainingSettings {
    let batch = batchSize ?? self.batchSize ?? min(Self.usualBatchSize, samples)
    return TrainingSettings(
      epochs: epochs(length, batchSize: batch, samples), batchSize: batch, learningRate: rate, adam: adam,
      loss: loss)
  }

  private func epochs(_ length: TrainingLength, batchSize: Int, _ samples: Int) -> Int {
    length.epochs(stepsPerEpoch: (samples + batchSize - 1) / batchSize)
  }
}
