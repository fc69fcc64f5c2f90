extension NetworkParameters {
  /// Number of weights that are not zero, biases not counted.
  package var nonzeroWeightCount: Int {
    layers.reduce(0) { $0 + $1.weights.count { $0 != 0 } }
  }
}

/// How many weights gradual pruning leaves after each of its rounds.
package enum PruningSchedule {
  /// The weights to keep now, of `count` that are left and towards `target` in the end, if `roundsAfter` rounds follow
  /// this one: what there is above the target falls with the cube of the rounds that are left, so that much goes early,
  /// and little at a time near the end. At most `count`.
  ///
  /// Source: Zhu & Gupta, "To prune, or not to prune" (2017), eq. 1.
  package static func weights(of count: Int, target: Int, roundsAfter: Int) -> Int {
    let excess = max(0, count - target)
    let share = Double(roundsAfter) / Double(roundsAfter + 1)
    return min(count, target + Int((Double(excess) * share * share * share).rounded(.up)))
  }
}
