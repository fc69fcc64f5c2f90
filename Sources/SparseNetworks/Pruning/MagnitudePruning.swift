extension NetworkParameters {
  /// Number of weights that are not zero, biases not counted.
  public var nonzeroWeightCount: Int {
    layers.reduce(0) { $0 + $1.weights.count { $0 != 0 } }
  }

  /// The weights of largest magnitude, at most `count` of them, over all layers together; the others are zero. Of equal
  /// magnitudes the first ones stay. O(weights log weights).
  ///
  /// Source: Han, Pool, Tran, Dally, "Learning both weights and connections for efficient neural networks" (2015).
  public func keepingLargest(_ count: Int) -> NetworkParameters {
    let places = layers.indices.flatMap { l in
      layers[l].weights.indices.lazy.filter { layers[l].weights[$0] != 0 }.map { (layer: l, index: $0) }
    }
    let ranked = places.enumerated().sorted { a, b in
      let (x, y) = (magnitude(a.element), magnitude(b.element))
      return x > y || x == y && a.offset < b.offset
    }
    var pruned = self
    for place in ranked.dropFirst(max(0, count)).map(\.element) {
      pruned.layers[place.layer].weights[place.index] = 0
    }
    return pruned
  }

  private func magnitude(_ place: (layer: Int, index: Int)) -> Float {
    layers[place.layer].weights[place.index].magnitude
  }
}

/// How many weights gradual pruning leaves after each of its rounds.
public enum PruningSchedule {
  /// The weights to keep now, of `count` that are left and towards `target` in the end, if `roundsAfter` rounds follow
  /// this one: what there is above the target falls with the cube of the rounds that are left, so that much goes early,
  /// and little at a time near the end. At most `count`.
  ///
  /// Source: Zhu & Gupta, "To prune, or not to prune" (2017), eq. 1.
  public static func weights(of count: Int, target: Int, roundsAfter: Int) -> Int {
    let excess = max(0, count - target)
    let share = Double(roundsAfter) / Double(roundsAfter + 1)
    return min(count, target + Int((Double(excess) * share * share * share).rounded(.up)))
  }
}
