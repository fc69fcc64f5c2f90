/// An estimate and an interval that is to hold the true value in 95 of 100 repetitions of the study.
package struct Interval: Codable, Equatable, Sendable {
  /// The estimate from the study as it is.
  package var estimate: Double
  /// Lower end.
  package var lower: Double
  /// Upper end.
  package var upper: Double

  /// An interval.
  package init(_ estimate: Double, _ lower: Double, _ upper: Double) {
    (self.estimate, self.lower, self.upper) = (estimate, lower, upper)
  }

  /// All three mapped by a monotonically increasing function.
  package func mapped(_ map: (Double) -> Double) -> Interval {
    Interval(map(estimate), map(lower), map(upper))
  }
}
