/// Sample quantiles.
package enum Quantiles {
  /// The quantile of type 7 (Hyndman and Fan 1996; NumPy's default): with sorted values x₀ … xₙ₋₁ and
  /// h = (n − 1) p, it is x⌊h⌋ + (h − ⌊h⌋)(x⌊h⌋₊₁ − x⌊h⌋).
  ///
  /// Infinite values take part in the order; between a finite and an infinite one the quantile is infinite.
  ///
  /// - Parameters:
  ///   - p: probability from 0 to 1.
  ///   - sorted: values in ascending order, none of them NaN.
  /// - Returns: the quantile, or nil if there are no values. Time O(1).
  package static func quantile(_ p: Double, ofSorted sorted: [Double]) -> Double? {
    guard let last = sorted.last, let first = sorted.first else { return nil }
    let h = Double(sorted.count - 1) * p
    guard h > 0 else { return first }
    guard h < Double(sorted.count - 1) else { return last }
    let index = Int(h)
    let fraction = h - Double(index)
    let (low, high) = (sorted[index], sorted[index + 1])
    // Of equal neighbours, infinite ones above all, the difference is not taken.
    return fraction == 0 || low == high ? low : low + fraction * (high - low)
  }

  /// Quantiles of values in any order. NaN counts as +∞: a quantity that could not be computed is as bad as can be.
  /// Time O(n log n).
  ///
  /// - Returns: one value for each probability, all nil if there are no values.
  package static func quantiles(_ probabilities: [Double], of values: [Double]) -> [Double?] {
    let sorted = values.map { $0.isNaN ? .infinity : $0 }.sorted()
    return probabilities.map { quantile($0, ofSorted: sorted) }
  }

  /// The median of values in any order, nil if there are none.
  package static func median(of values: [Double]) -> Double? {
    quantiles([0.5], of: values)[0]
  }
}

/// Median and spread of a quantity: its 5, 25, 50, 75 and 95 % quantiles (type 7).
package struct Spread: Codable, Equatable, Sendable {
  /// Number of values.
  package var count: Int
  /// 5 % quantile; nil if there are no values, as are the others.
  package var q05: Double?
  /// 25 % quantile.
  package var q25: Double?
  /// Median.
  package var q50: Double?
  /// 75 % quantile.
  package var q75: Double?
  /// 95 % quantile.
  package var q95: Double?

  /// Computes the quantiles of values in any order. Time O(n log n).
  package init(of values: [Double]) {
    let quantiles = Quantiles.quantiles([0.05, 0.25, 0.5, 0.75, 0.95], of: values)
    count = values.count
    (q05, q25, q50, q75, q95) = (quantiles[0], quantiles[1], quantiles[2], quantiles[3], quantiles[4])
  }
}

extension Spread {
  private enum CodingKeys: String, CodingKey {
    case count, q05, q25, q50, q75, q95
  }

  /// Writes every key, null where there is no finite value.
  package func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: CodingKeys.self)
    try object.encode(count, forKey: .count)
    try object.encodeFinite(q05, forKey: .q05)
    try object.encodeFinite(q25, forKey: .q25)
    try object.encodeFinite(q50, forKey: .q50)
    try object.encodeFinite(q75, forKey: .q75)
    try object.encodeFinite(q95, forKey: .q95)
  }
}
