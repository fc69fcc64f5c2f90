import Foundation

/// The times of a run's rows: their usual step, and whether they are even.
package struct TimeAxis: Sendable {
  /// Strictly increasing (s).
  package let times: [Double]
  private let lines: [Int]
  private let file: String
  private let column: String
  private let numbering: RowNumbering

  /// Throws ``RecordingError`` for a missing time, and for one that isn't after its predecessor.
  package init(
    _ times: [Double], lines: [Int], _ numbering: RowNumbering = .lines, file: String, column: String
  ) throws(RecordingError) {
    for (index, time) in times.enumerated() {
      guard time.isFinite else {
        throw RecordingError(.noTime, file: file, line: lines[index], numbering, column: column)
      }
      guard index == 0 || time > times[index - 1] else {
        throw RecordingError(
          .notIncreasing(time, after: times[index - 1]), file: file, line: lines[index], numbering,
          column: column)
      }
    }
    (self.times, self.lines, self.file, self.column) = (times, lines, file, column)
    self.numbering = numbering
  }

  /// The median step, rounded to nine digits; nil for fewer than two rows. O(n log n).
  package var usualStep: Double? {
    guard times.count > 1 else { return nil }
    let steps = zip(times.dropFirst(), times).map { $0 - $1 }.sorted()
    return Self.rounded(steps[steps.count / 2], digits: 9)
  }

  /// Throws unless all steps are `step`, within the share `tolerance` of it.
  package func checkEven(_ step: Double, tolerance: Double) throws(RecordingError) {
    guard let usual = usualStep else { return }
    guard abs(usual - step) <= tolerance * step else {
      throw RecordingError(.step(usual, expected: step), file: file, column: column)
    }
    guard let bad = times.indices.dropFirst().first(where: { !isEven($0, step, tolerance) }) else { return }
    let histogram = histogram
    throw RecordingError(
      .uneven(
        histogram.prefix(6).map { .init(seconds: $0.step, count: $0.count) },
        others: max(0, histogram.count - 6), usual: usual),
      file: file, line: lines[bad], numbering, column: column)
  }

  private func isEven(_ index: Int, _ step: Double, _ tolerance: Double) -> Bool {
    // Times with few digits differ from a multiple of the step by their last digit.
    let rounding = 4 * max(times[index].ulp, times[index - 1].ulp)
    return abs(times[index] - times[index - 1] - step) <= tolerance * step + rounding
  }

  /// Steps, rounded to six digits, with their counts: the most frequent first.
  package var histogram: [(step: Double, count: Int)] {
    var counts: [Double: Int] = [:]
    for (next, time) in zip(times.dropFirst(), times) {
      counts[Self.rounded(next - time, digits: 6), default: 0] += 1
    }
    return counts.map { (step: $0.key, count: $0.value) }
      .sorted { ($1.count, $0.step) < ($0.count, $1.step) }
  }

  /// A positive number rounded to that many decimal digits.
  static func rounded(_ value: Double, digits: Int) -> Double {
    guard value != 0, value.isFinite else { return value }
    return Double(String(format: "%.\(digits)g", value)) ?? value
  }
}
