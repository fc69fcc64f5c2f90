/// How far the members of an ensemble agree in which inputs they use: the Jaccard similarity |A ∩ B| / |A ∪ B| of pairs
/// of members' feature sets, 1 for two empty sets.
package struct FeatureAgreement: Codable, Equatable, Sendable {
  /// Mean over pairs of members and outputs; nil with fewer than two members.
  package var similarity: Interval?
  /// The same for each output.
  package var byOutput: [Interval?]
  /// What random sets of the same sizes would have: the expectation under the hypergeometric distribution.
  package var byChance: Double?

  /// Computes the agreement of features [members][outputs][inputs]. The intervals are a bootstrap over members; a
  /// member that is drawn twice makes no pair with itself. O(replicates x members² x outputs).
  package init(_ features: [[[Bool]]], replicates: Int = 1000) {
    let count = features.count
    let outputs = features.first?.count ?? 0
    byOutput = .init(repeating: nil, count: outputs)
    guard count >= 2 else { return }
    let bootstrap = TwoWayBootstrap(members: count, replicates: replicates)
    let pairs = (0..<count).flatMap { a in (a + 1..<count).map { (a, $0) } }
    func interval(_ similarities: [Double]) -> Interval? {
      bootstrap.interval { draw in
        var (sum, total) = (0.0, 0.0)
        for ((a, b), similarity) in zip(pairs, similarities) {
          let weight = draw.members[a] * draw.members[b]
          sum += weight * similarity
          total += weight
        }
        return total > 0 ? sum / total : nil
      }
    }
    let similarities = (0..<outputs).map { output in
      pairs.map { Self.jaccard(features[$0][output], features[$1][output]) }
    }
    byOutput = similarities.map(interval)
    similarity = interval(
      pairs.indices.map { pair in similarities.reduce(0) { $0 + $1[pair] } / Double(outputs) })
    let sizes = features.map { $0.map { row in row.count { $0 } } }
    let inputs = features[0].first?.count ?? 0
    let expected = pairs.reduce(0.0) { sum, pair in
      sum
        + (0..<outputs).reduce(0.0) {
          $0 + Self.expected(sizes[pair.0][$1], sizes[pair.1][$1], of: inputs)
        } / Double(outputs)
    }
    byChance = expected / Double(pairs.count)
  }

  /// The Jaccard similarity of two sets.
  package static func jaccard(_ first: [Bool], _ second: [Bool]) -> Double {
    let union = zip(first, second).count { $0 || $1 }
    return union == 0 ? 1 : Double(zip(first, second).count { $0 && $1 }) / Double(union)
  }

  /// The expected similarity of two random subsets of `n` elements with `a` and `b` elements.
  package static func expected(_ a: Int, _ b: Int, of n: Int) -> Double {
    if a == 0 && b == 0 { return 1 }
    // P(k) = C(a, k) C(n − a, b − k) / C(n, b), from one k to the next.
    let least = max(0, a + b - n)
    var weights: [Double] = [1]
    for k in least..<min(a, b) {
      let ratio =
        Double((a - k) * (b - k)) / Double((k + 1) * (n - a - b + k + 1))
      weights.append(weights[weights.count - 1] * ratio)
    }
    let total = weights.reduce(0, +)
    return weights.enumerated().reduce(0) { sum, entry in
      let common = least + entry.offset
      return sum + entry.element / total * Double(common) / Double(a + b - common)
    }
  }
}
