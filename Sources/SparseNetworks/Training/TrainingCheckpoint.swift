/// A training between two steps: all that it needs to resume to the same bits.
package struct TrainingCheckpoint: Equatable, Sendable {
  /// Steps done.
  package let step: Int
  /// Mean squared error of each finished epoch.
  package let trainingCurve: [Double]
  /// Sum over the samples of the epoch under way of their batch's mean squared error.
  let epochErrorSum: Double
  let beta1Power: Double
  let beta2Power: Double
  /// Packed parameters and Adam's moments, in the kernels' order.
  let parameters: [Float]
  let firstMoment: [Float]
  let secondMoment: [Float]
  /// In active-set training which packed parameters are active; in second-order training which weights are free.
  let isActive: [UInt8]?
  /// Of second-order training the free parameters, the method's own numbers behind them.
  var secondOrder: [Double]?

  /// Whether every number is the same to the bit (unlike `==`, also for zeros of different sign).
  func sameBits(as other: TrainingCheckpoint) -> Bool {
    func bits(_ c: TrainingCheckpoint) -> [UInt64] {
      (c.trainingCurve + [c.epochErrorSum, c.beta1Power, c.beta2Power] + (c.secondOrder ?? [])).map(
        \.bitPattern)
        + (c.parameters + c.firstMoment + c.secondMoment).map { UInt64($0.bitPattern) }
    }
    return step == other.step && isActive == other.isActive && bits(self) == bits(other)
  }
}

/// A checkpoint that can't be used.
package enum TrainingCheckpointError: Error, Equatable, CustomStringConvertible {
  /// Its sizes are those of another network or dataset.
  case otherTraining
  /// Its format is not this program's.
  case format

  package var description: String {
    switch self {
    case .otherTraining: "the checkpoint belongs to another training: its sizes differ"
    case .format: "the checkpoint has another format"
    }
  }
}
