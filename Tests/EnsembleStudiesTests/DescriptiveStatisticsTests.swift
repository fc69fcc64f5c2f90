import EnsembleStudies
import Foundation
import FuzzSupport
import Testing

@Suite struct DescriptiveStatisticsTests {
  @Test func quantilesAreOfType7() {
    // By hand: h = (n − 1) p. For 1, 2, 4, 8 and p = 0.25: h = 0.75, 1 + 0.75 · 1; for 0.9: h = 2.7, 4 + 0.7 · 4.
    let quantiles = Quantiles.quantiles([0, 0.25, 0.5, 0.9, 1], of: [8, 1, 4, 2])
    #expect(quantiles[0] == 1 && quantiles[1] == 1.75 && quantiles[2] == 3 && quantiles[4] == 8)
    #expect(abs((quantiles[3] ?? 0) - 6.8) < 1e-12)
    #expect(Quantiles.quantiles([0, 0.3, 1], of: [5]) == [5, 5, 5])
    #expect(Quantiles.quantiles([0, 0.5], of: []) == [nil, nil])
    #expect(Quantiles.median(of: [3, 1, 2]) == 2)
  }

  @Test func infinityAndNaNCountAsWorst() {
    #expect(Quantiles.median(of: [.infinity, 1, 2]) == 2)
    #expect(Quantiles.median(of: [.infinity, 1]) == .infinity)
    #expect(Quantiles.median(of: [.infinity, .infinity]) == .infinity)
    #expect(Quantiles.quantiles([0.5, 1], of: [.nan, 1, 2]) == [2, .infinity])
    // At an exact position the infinite neighbour has no part: 0 · ∞ is not a number.
    #expect(Quantiles.quantiles([0.5], of: [1, 2, .infinity]) == [2])
  }

  @Test func spreadHasItsFiveQuantiles() {
    let spread = Spread(of: (0...100).map(Double.init).shuffled())
    #expect(spread.count == 101)
    let found = [spread.q05, spread.q25, spread.q50, spread.q75, spread.q95].map { $0 ?? .nan }
    for (value, expected) in zip(found, [5.0, 25, 50, 75, 95]) { #expect(abs(value - expected) < 1e-9) }
    #expect(Spread(of: []).q50 == nil)
  }

  @Test func summaryDividesByOneLess() {
    // Mean 5; squares 9 + 1 + 1 + 1 + 0 + 0 + 4 + 16 = 32; √(32/7).
    let summary = Summary(of: [2, 4, 4, 4, 5, 5, 7, 9])
    #expect(summary.mean == 5 && summary.minimum == 2 && summary.maximum == 9 && summary.count == 8)
    #expect(summary.standardDeviation == (32.0 / 7).squareRoot())
    #expect(Summary(of: [0.012, 0.012, 0.012]).standardDeviation == 0)
    #expect(Summary(of: [3.5]).standardDeviation == nil && Summary(of: [3.5]).mean == 3.5)
    #expect(Summary(of: [Double]()).mean == nil && Summary(of: [Double]()).minimum == nil)
  }

  @Test func summaryDoesNotDependOnOrder() {
    var generator = SplitMix64(seed: 3)
    let values = (0..<1000).map { _ in Double.random(in: 0...1, using: &generator) * 1e-3 + 1e3 }
    let reference = Summary(of: values)
    for _ in 0..<20 { #expect(Summary(of: values.shuffled(using: &generator)) == reference) }
    #expect(Summary(of: [1, .nan, 2]).mean?.isNaN == true)
    #expect(Summary(of: [1, .nan, 2]).minimum == 1)
  }

  @Test func wilsonIntervalAgreesWithItsFormula() {
    // k = 0: upper = z²/(n + z²), with z² = 3.841459: 3.841459/13.841459 = 0.277533.
    let none = Proportion(0, of: 10)
    #expect(none.lower == 0 && abs(none.upper - 0.277533) < 1e-6)
    let all = Proportion(10, of: 10)
    #expect(all.upper == 1 && abs(all.lower - 0.722467) < 1e-6)
    // k = 5 of 10: centre 0.5, half width z √(1/40 + z²/400) / (1 + z²/10) = 0.263406.
    let half = Proportion(5, of: 10)
    #expect(half.value == 0.5 && abs(half.lower - 0.236593) < 1e-6 && abs(half.upper - 0.763407) < 1e-6)
    let empty = Proportion(0, of: 0)
    #expect(empty.value == nil && empty.lower == 0 && empty.upper == 1)
  }

  @Test func wilsonIntervalSolvesTheScoreEquation() {
    // The ends are where |p̂ − p| = z √(p(1 − p)/n).
    for (count, total) in [(1, 20), (11, 1000), (275, 1000), (3, 7)] {
      let interval = Proportion(count, of: total)
      for end in [interval.lower, interval.upper] {
        let distance = abs(Double(count) / Double(total) - end)
        #expect(abs(distance - Proportion.z95 * (end * (1 - end) / Double(total)).squareRoot()) < 1e-12)
      }
    }
  }

  @Test func wilsonIntervalCoversAsOftenAsItSays() {
    var generator = SplitMix64(seed: 11)
    for truth in [0.05, 0.1, 0.5] {
      let covered = (0..<4000).count { _ in
        let count = (0..<200).count { _ in Double.random(in: 0..<1, using: &generator) < truth }
        let interval = Proportion(count, of: 200)
        return interval.lower <= truth && truth <= interval.upper
      }
      #expect((0.93...0.97).contains(Double(covered) / 4000), "\(truth): \(covered)")
    }
  }
}
