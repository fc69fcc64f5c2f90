/// How often something took how long.
package struct DurationHistogram: Hashable, Sendable {
  /// Upper bounds of the classes in seconds; a last class has what takes longer.
  package static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

  /// The number of durations in each class: at most its bound, but more than the one before.
  package private(set) var counts = [Int](repeating: 0, count: bounds.count + 1)
  /// The sum of all durations in seconds.
  package private(set) var sum = 0.0

  /// Nothing yet.
  package init() {}

  /// The number of durations.
  package var count: Int { counts.reduce(0, +) }

  /// Adds one. O(1).
  package mutating func add(_ duration: Duration) {
    let seconds = duration.seconds
    sum += seconds
    counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
  }
}
