/// A window of forecast steps.
///
/// Step i leads from x̂_i to x̂_{i+1}, and its error e is that of the state to which it leads, in row i + 1. So the window a-b
/// covers the steps a ..< b and the rows a + 1 ... b: row 0, which is given and always exact, is in no window,
/// and windows that follow one another share no row.
public struct ForecastWindow: Sendable, Hashable {
  /// The steps, counted from 0; not empty.
  public let steps: Range<Int>

  /// The window of the steps a ..< b, 0 <= a < b; nil for any other.
  public init?(_ steps: Range<Int>) {
    guard steps.lowerBound >= 0, !steps.isEmpty else { return nil }
    self.steps = steps
  }

  private init(from start: Int, to end: Int) {
    steps = start..<end
  }

  /// "a-b", as in "100-2500".
  public var name: String { "\(steps.lowerBound)-\(steps.upperBound)" }

  /// The windows of the publications: 0-100, 100-2500, 2500-5000, and all of them, 0-5000.
  public static var standard: [ForecastWindow] {
    [
      .init(from: 0, to: 100), .init(from: 100, to: 2500), .init(from: 2500, to: 5000),
      .init(from: 0, to: 5000),
    ]
  }

  /// The rows whose errors count, in a trajectory of that many rows (that is, `rowCount - 1` steps); perhaps none.
  public func rows(in rowCount: Int) -> Range<Int> {
    (steps.lowerBound + 1..<steps.upperBound + 1).clamped(to: min(1, rowCount)..<rowCount)
  }
}
