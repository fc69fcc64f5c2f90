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
