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
