import TrainingKernels

/// How the l1 penalty enters a step.
///
/// A new one needs a case here, with its row in each member below, and its code in `penalty.h` of the kernels.
package enum PenaltyMethod: String, Codable, Hashable, Sendable, CaseIterable {
  /// No penalty.
  case none
  /// Its subgradient is added to the gradient, sign(0) = 0: as published; weights come near zero, few reach it.
  case subgradient
  /// After Adam's step each weight is soft-thresholded in Adam's own metric, by
  /// l1 weight x learning rate / (sqrt(v) + epsilon): weights become exactly zero.
  /// Source: Yun, Lozano, Yang, "Adaptive proximal gradient methods for structured neural networks" (2021).
  case proximal

  /// Whether weights become exactly zero, so that steps can skip them.
  package var makesZeros: Bool {
    switch self {
    case .none, .subgradient: false
    case .proximal: true
    }
  }

  /// The kernels' number of it.
  var kernelMethod: potline_penalty {
    switch self {
    case .none: POTLINE_PENALTY_NONE
    case .subgradient: POTLINE_PENALTY_SUBGRADIENT
    case .proximal: POTLINE_PENALTY_PROXIMAL
    }
  }
}

/// The penalty on weights (biases have none): its method, the l1 weight of each kind of column, and perhaps groups.
package struct Penalty: Codable, Hashable, Sendable {
  /// How it enters a step.
  package var method: PenaltyMethod
  /// l1 weight of the first layer's weights; >= 0.
  package var input: Double
  /// l1 weight of the weights between hidden layers, and from the last one to the outputs; >= 0.
  package var hidden: Double
  /// l1 weight of the skip columns; >= 0.
  package var skip: Double
  /// The penalty on groups, with the proximal method alone; nil: none.
  package var group: GroupPenalty?

  /// A penalty with an l1 weight for each kind of column.
  package init(method: PenaltyMethod, input: Double, hidden: Double, skip: Double, group: GroupPenalty? = nil)
  {
    self.method = method
    self.input = input
    self.hidden = hidden
    self.skip = skip
    self.group = group
  }

  /// A penalty with one l1 weight for all columns.
  package init(method: PenaltyMethod, weight: Double, group: GroupPenalty? = nil) {
    self.init(method: method, input: weight, hidden: weight, skip: weight, group: group)
  }

  /// Whether any weight is penalised.
  package var isPresent: Bool { input > 0 || hidden > 0 || skip > 0 || (group?.weight ?? 0) > 0 }

  /// No penalty.
  package static let none = Penalty(method: .none, weight: 0)
}
