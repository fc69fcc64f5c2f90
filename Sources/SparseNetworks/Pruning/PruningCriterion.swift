/// The rule by which weights are dropped.
package enum PruningCriterion: String, Codable, CaseIterable, Sendable {
  /// Its magnitude is small.
  case magnitude
  /// Its saliency w² F is small, F being the diagonal of the Fisher information of the outputs, each with normal errors
  /// of its own variance (at most the outputs' median): so a small weight counts where the output is otherwise exact, or
  /// what it reads is large.
  /// Source: Theis, Korshunova, Tejani, Huszár, "Faster gaze prediction with dense networks and Fisher pruning" (2018).
  case fisher
  /// The cost rises little when it goes and the others make up for it: w²/2[H⁻¹], H from a second-order training.
  /// Source: Hassibi & Stork, "Second order derivatives for network pruning: optimal brain surgeon" (1993).
  case obs
}

extension NetworkParameters {
  /// The weights that count most by a criterion, at most `count` of them, over all layers together; the others are
  /// zero. Of equals the first ones stay. O(weights log weights), for Fisher also O(samples x weights x outputs) on at
  /// most 1,024 samples (fewer for large networks), evenly spaced.
  package func keeping(
    _ count: Int, by criterion: PruningCriterion, samples: @autoclosure () -> TrainingSamples
  ) -> NetworkParameters {
    switch criterion {
    case .magnitude: keepingLargest(layers.map { $0.weights.map { Double($0.magnitude) } }, count)
    case .fisher: keepingLargest(FisherSaliency(of: self, on: samples()).saliency, count)
    case .obs: preconditionFailure("the optimal brain surgeon prunes in a second-order training")
    }
  }

  private func keepingLargest(_ scores: [[Double]], _ count: Int) -> NetworkParameters {
    let places = layers.indices.flatMap { l in
      layers[l].weights.indices.lazy.filter { layers[l].weights[$0] != 0 }.map { (layer: l, index: $0) }
    }
    let ranked = places.enumerated().sorted { a, b in
      let (x, y) = (scores[a.element.layer][a.element.index], scores[b.element.layer][b.element.index])
      return x > y || x == y && a.offset < b.offset
    }
    var pruned = self
    for place in ranked.dropFirst(max(0, count)).map(\.element) {
      pruned.layers[place.layer].weights[place.index] = 0
    }
    return pruned
  }
}
