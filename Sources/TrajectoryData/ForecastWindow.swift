/// A window of forecast steps `from ..< to`.
///
/// Step i leads from x̂_i to x̂_{i+1}, and its error e is that of the state to which it leads, in row i + 1. So the window
/// a-b covers the steps a ..< b and the rows a + 1 ... b: row 0, which is given and always exact, is in no window,
/// and windows that follow one another share no row.
package struct ForecastWindow: Sendable, Hashable, CustomStringConvertible {
  /// First step, counted from 0.
  package let from: Int
  /// The step after the last; greater than `from`.
  package let to: Int

  /// The window of the steps from ..< to. Precondition: 0 <= from < to.
  package init(from: Int, to: Int) {
    precondition(from >= 0 && from < to)
    self.from = from
    self.to = to
  }

  /// "a-b", as in "100-2500".
  package var name: String { "\(from)-\(to)" }

  /// The window as people write it, for example "100–2500".
  package var description: String { "\(from)–\(to)" }

  /// The windows of the publications: 0-100, 100-2500, 2500-5000, and all of them, 0-5000.
  package static let standard: [ForecastWindow] = [
    .init(from: 0, to: 100), .init(from: 100, to: 2500), .init(from: 2500, to: 5000),
    .init(from: 0, to: 5000),
  ]

  /// The standard windows, cut off at the end of a trajectory of `steps` rows (at least 1); see ``clip(_:to:)``.
  package static func standard(clippedTo steps: Int) -> [ForecastWindow] { clip(standard, to: steps) }

  /// Windows cut off at the end of a trajectory of `steps` rows; what is then empty or occurs twice is left out.
  package static func clip(_ windows: [ForecastWindow], to steps: Int) -> [ForecastWindow] {
    var seen: Set<ForecastWindow> = []
    return windows.filter { $0.from < steps }
      .map { ForecastWindow(from: $0.from, to: min($0.to, steps)) }
      .filter { seen.insert($0).inserted }
  }

  /// The rows whose errors count, in a trajectory of that many rows (that is, `rowCount - 1` steps); perhaps none.
  package func rows(in rowCount: Int) -> Range<Int> {
    (from + 1..<to + 1).clamped(to: min(1, rowCount)..<rowCount)
  }
}

extension ForecastWindow: Codable {
  /// Reads a list of two whole numbers, 0 <= from < to.
  package init(from decoder: any Decoder) throws {
    var list = try decoder.unkeyedContainer()
    let (from, to) = (try list.decode(Int.self), try list.decode(Int.self))
    guard from >= 0, from < to else {
      throw DecodingError.dataCorruptedError(
        in: list, debugDescription: "\(from) to \(to) is no window of steps")
    }
    self.init(from: from, to: to)
  }

  /// Writes a list of two whole numbers.
  package func encode(to encoder: any Encoder) throws {
    var list = encoder.unkeyedContainer()
    try list.encode(from)
    try list.encode(to)
  }
}
