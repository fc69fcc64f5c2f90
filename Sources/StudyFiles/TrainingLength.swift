/// How long a part of a training is.
package enum TrainingLength: Codable, Hashable, Sendable {
  /// So many passes through the training set.
  case epochs(Int)
  /// As many whole passes through the training set as take at least so many optimiser steps, so that training sets of
  /// different sizes are trained on equally long.
  case steps(Int)

  /// The passes through a training set of which one takes `stepsPerEpoch` steps; at least 1.
  package func epochs(stepsPerEpoch: Int) -> Int {
    switch self {
    case .epochs(let epochs): epochs
    case .steps(let steps): (steps + stepsPerEpoch - 1) / stepsPerEpoch
    }
  }

  /// `scale` times as long, rounded up.
  package func scaled(by scale: Double) -> TrainingLength {
    func scaled(_ count: Int) -> Int { max(1, Int((Double(count) * scale).rounded(.up))) }
    switch self {
    case .epochs(let epochs): return .epochs(scaled(epochs))
    case .steps(let steps): return .steps(scaled(steps))
    }
  }
}
