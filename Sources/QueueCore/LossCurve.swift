/// The losses that a running attempt has told, thinned so that they fit into a small picture.
package struct LossCurve: Hashable, Sendable {
  /// One loss.
  package struct Point: Hashable, Sendable {
    /// The steps done.
    package var step: Int
    /// The loss after them; finite.
    package var loss: Double
  }

  /// The greatest number of points.
  package static let capacity = 96

  /// In the order of their steps, the newest last.
  package private(set) var points: [Point] = []
  /// The newest point is replaced until it is so many steps after the one before.
  private var spacing = 0

  /// No losses yet.
  package init() {}

  /// Adds a loss; one that is not finite is left out. O(1) but for each time that half of the points are dropped.
  package mutating func add(step: Int, loss: Double) {
    guard loss.isFinite else { return }
    while let last = points.last, last.step >= step { points.removeLast() }
    if points.count >= 2, points[points.count - 1].step - points[points.count - 2].step < spacing {
      points.removeLast()
    }
    points.append(Point(step: step, loss: loss))
    guard points.count > Self.capacity else { return }
    points = points.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
    spacing = max(1, (points[points.count - 1].step - points[0].step) / (points.count - 1))
  }
}
