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

  /// The quantile of type 7 of values that each occur a number of times, as in the replicate of a bootstrap.
  ///
  /// - Parameters:
  ///   - p: probability from 0 to 1.
  ///   - count: number of different values.
  ///   - value: the values in ascending order, none of them NaN.
  ///   - times: how often each occurs: a whole number, 0 or greater.
  /// - Returns: the quantile, or nil if no value occurs. Time O(count).
  @inlinable package static func quantile(
    _ p: Double, count: Int, value: (Int) -> Double, times: (Int) -> Double
  ) -> Double? {
    let total = (0..<count).reduce(0) { $0 + times($1) }
    guard total > 0 else { return nil }
    let place = (total - 1) * p
    let index = place.rounded(.down)
    var below = 0.0
    var low: Double?
    for k in 0..<count {
      below += times(k)
      if low == nil, below > index { low = value(k) }
      if let low, below > index + 1 { return low + (place - index) * (value(k) - low) }
    }
    return low
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

// MARK: Summary

/// Number, mean, standard deviation and range of a quantity.
package struct Summary: Codable, Equatable, Sendable {
  /// Number of values.
  package var count: Int
  /// Arithmetic mean; nil if there are no values.
  package var mean: Double?
  /// Sample standard deviation √(Σ(x − mean)² / (n − 1)); nil if there are fewer than two values.
  package var standardDeviation: Double?
  /// Smallest value; nil if there are none.
  package var minimum: Double?
  /// Largest value; nil if there are none.
  package var maximum: Double?

  /// Computes the summary in two passes. The result does not depend on the order of the values, to the last bit. A
  /// value that is not finite makes mean and standard deviation not finite. Time O(n log n).
  package init(of values: [Double]) {
    let sorted = values.sorted { $1.isNaN ? !$0.isNaN : $0 < $1 }
    count = sorted.count
    guard let first = sorted.first, let last = sorted.last else { return }
    // Equal values have no spread, whatever the rounding of their sum.
    let mean = first == last ? first : sorted.reduce(0, +) / Double(count)
    self.mean = mean
    minimum = first
    maximum = last
    guard count > 1 else { return }
    let squares = sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    standardDeviation = (squares / Double(count - 1)).squareRoot()
  }

  /// Computes the summary of whole numbers.
  package init(of values: [Int]) {
    self.init(of: values.map(Double.init))
  }
}

extension Summary {
  private enum CodingKeys: String, CodingKey {
    case count, mean, standardDeviation, minimum, maximum
  }

  /// Writes every key, null where there is no finite value.
  package func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: CodingKeys.self)
    try object.encode(count, forKey: .count)
    try object.encodeFinite(mean, forKey: .mean)
    try object.encodeFinite(standardDeviation, forKey: .standardDeviation)
    try object.encodeFinite(minimum, forKey: .minimum)
    try object.encodeFinite(maximum, forKey: .maximum)
  }
}

// MARK: Proportion

/// A proportion and its Wilson score interval.
///
/// With p = k/n and z the normal quantile, the interval is
/// (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n)
/// (Wilson 1927, Journal of the American Statistical Association 22, 209–212). Unlike p ± z √(p(1 − p)/n) it keeps its
/// coverage near 0 and 1, where blow-ups and learned features mostly are. It takes the n trials as independent;
/// forecasts of one member are not quite, so the interval is somewhat narrow for them.
package struct Proportion: Codable, Equatable, Sendable {
  /// Trials that count.
  package var count: Int
  /// All trials.
  package var total: Int
  /// Lower end of the interval; 0 if there are no trials.
  package var lower: Double
  /// Upper end of the interval; 1 if there are no trials.
  package var upper: Double

  /// Quantile of the normal distribution for a two-sided interval of 95 %.
  package static let z95 = 1.959963984540054

  /// Makes a proportion with its interval.
  ///
  /// - Parameters:
  ///   - count: trials that count, from 0 to `total`.
  ///   - total: all trials.
  ///   - z: normal quantile of the interval; 95 % by default.
  package init(_ count: Int, of total: Int, z: Double = Proportion.z95) {
    self.count = count
    self.total = total
    guard total > 0 else {
      (lower, upper) = (0, 1)
      return
    }
    let n = Double(total)
    let p = Double(count) / n
    let centre = p + z * z / (2 * n)
    let half = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    let scale = 1 + z * z / n
    // At 0 and n the ends are exactly 0 and 1, which rounding would miss.
    lower = count == 0 ? 0 : (centre - half) / scale
    upper = count == total ? 1 : (centre + half) / scale
  }

  /// count / total; nil if there are no trials.
  package var value: Double? {
    total > 0 ? Double(count) / Double(total) : nil
  }
}
