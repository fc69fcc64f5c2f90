import EnsembleStudies
import TrajectoryData

/// The forecast of one trajectory by an ensemble: median and bands over its members, row by row.
///
/// A member leaves at the first row at which its state is not finite, or at which it is further from the median of
/// the members that are left than a forecast may be from the truth before it counts as blown up: a mean over the states of
/// |x̂ − median| / σ above 3. It does not come back. The truth is not needed for that.
package struct EnsembleForecast: Sendable {
  /// The quantiles that are kept: ends of the 90 % and 50 % bands, and the median.
  package static let probabilities = [0.05, 0.25, 0.5, 0.75, 0.95]

  /// Number of states.
  package let states: Int
  /// Number of members.
  package let members: Int
  /// Members that are left at each row.
  package private(set) var left: [Int] = []
  /// The quantiles at each row: [rows x states x 5]; NaN where no member is left.
  package private(set) var quantiles: [Double] = []
  /// The mean of the members that are left: [rows x states]; NaN where none is left.
  package private(set) var means: [Double] = []
  /// For each member the row at which it left; nil: it stayed.
  package private(set) var leftAt: [Int?]
  /// The members' values at a row that are left, ascending, by state; only for the row under way.
  private var sorted: [[Double]] = []

  /// Number of rows.
  package var rows: Int { left.count }
  /// The quantile `index` of ``probabilities`` of a state at a row.
  package func quantile(_ index: Int, row: Int, state: Int) -> Double {
    quantiles[(row * states + state) * Self.probabilities.count + index]
  }
  /// The median of a state at a row.
  package func median(row: Int, state: Int) -> Double { quantile(2, row: row, state: state) }

  /// Combines the members' forecasts. O(rows x states x members log members).
  ///
  /// - Parameters:
  ///   - forecasts: one a member, row-major [rows x states], not a number from where a member is not finite.
  ///   - deviations: σ of each state over the training set.
  ///   - visit: is given each row and, for each state, the ascending values of the members that are left.
  package init(
    _ forecasts: [[Double]], deviations: [Double],
    visit: (_ row: Int, _ sorted: [[Double]]) -> Void = { _, _ in }
  ) {
    states = deviations.count
    members = forecasts.count
    leftAt = .init(repeating: nil, count: forecasts.count)
    let rows = (forecasts.first?.count ?? 0) / states
    quantiles.reserveCapacity(rows * states * Self.probabilities.count)
    sorted = .init(repeating: [], count: states)
    var present = Array(forecasts.indices)
    for row in 0..<rows {
      let gone = present.filter { member in
        (0..<states).contains { !forecasts[member][row * states + $0].isFinite }
      }
      remove(gone, at: row, from: &present)
      sort(forecasts, row, present)
      let strays = present.filter { member in
        let distance = (0..<states).reduce(0.0) { sum, state in
          let median = Quantiles.quantile(0.5, ofSorted: sorted[state]) ?? 0
          return sum + abs(forecasts[member][row * states + state] - median) / deviations[state]
        }
        return distance / Double(states) > ForecastError.blowUpLimit
      }
      if !strays.isEmpty {
        remove(strays, at: row, from: &present)
        sort(forecasts, row, present)
      }
      left.append(present.count)
      for state in 0..<states {
        for p in Self.probabilities {
          quantiles.append(Quantiles.quantile(p, ofSorted: sorted[state]) ?? .nan)
        }
        let values = sorted[state]
        means.append(values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count))
      }
      visit(row, sorted)
    }
    sorted = []
  }

  private mutating func remove(_ gone: [Int], at row: Int, from present: inout [Int]) {
    guard !gone.isEmpty else { return }
    for member in gone { leftAt[member] = row }
    present.removeAll { gone.contains($0) }
  }

  private mutating func sort(_ forecasts: [[Double]], _ row: Int, _ present: [Int]) {
    for state in 0..<states {
      sorted[state].removeAll(keepingCapacity: true)
      // Insertion: there are few members, and neighbouring rows have them in nearly the same order.
      for member in present {
        let value = forecasts[member][row * states + state]
        var place = sorted[state].count
        while place > 0, sorted[state][place - 1] > value { place -= 1 }
        sorted[state].insert(value, at: place)
      }
    }
  }
}
