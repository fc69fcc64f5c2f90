/// A grid of a penalty's weights, or of numbers of hidden states, trained one by one with the same seeds, of which one is
/// chosen by the validation trajectories.
package struct PenaltyPath: Codable, Equatable, Sendable {
  /// The penalties whose weight a path varies.
  package enum Target: String, Codable, Sendable {
    /// The l1 penalty, of all matrices.
    case l1
    /// The penalty on groups.
    case group
    /// No penalty: the weights are numbers of hidden states.
    case hiddenStates
    /// No penalty: all variants of the study, with the mean numbers of their weights.
    case variants

    /// What the numbers are, where they are no penalty's weights: the smaller, the simpler the network.
    package var countedThing: String? {
      switch self {
      case .l1, .group: nil
      case .hiddenStates: "hidden states"
      case .variants: "weights"
      }
    }
  }

  /// The weights, or numbers of hidden states; at least two, all different.
  package var weights: [Double]
  /// Whose weights they are.
  package var target: Target
  /// How one of them is chosen.
  package var rule: SelectionRule

  /// A path of given weights and rule.
  package init(weights: [Double], target: Target = .l1, rule: SelectionRule = .oneStandardError) {
    (self.weights, self.target, self.rule) = (weights, target, rule)
  }
}

/// How a weight is chosen on a path. The error of a weight is the mean over the validation trajectories and the
/// members of AN-RFMAE over the longest window; a forecast that blew up counts with the blow-up limit.
package enum SelectionRule: String, Codable, CaseIterable, Sendable {
  /// The weight with the least error.
  case minError = "min-error"
  /// The largest weight, or the fewest hidden states, whose error is at most one standard error above the least (Breiman et
  /// al. 1984): over trajectories, and for hidden states and variants over members as well.
  case oneStandardError = "one-standard-error"
  /// Of the weights whose error is at most twice the least, the one whose members agree most in their learned input
  /// features (mean Jaccard similarity of pairs).
  case mostStableStructure = "most-stable-structure"
}
