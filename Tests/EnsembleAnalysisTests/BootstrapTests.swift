import EnsembleStudies
import ReproducibleMath
import Testing

@testable import EnsembleAnalysis

@Suite struct BootstrapTests {
  @Test func drawsKeepTheNumbersAndRepeat() {
    let bootstrap = TwoWayBootstrap(members: 7, trajectories: 11, replicates: 50, seed: 3)
    #expect(bootstrap.draws.allSatisfy { $0.members.reduce(0, +) == 7 && $0.trajectories.reduce(0, +) == 11 })
    let again = TwoWayBootstrap(members: 7, trajectories: 11, replicates: 50, seed: 3)
    #expect(
      zip(bootstrap.draws, again.draws).allSatisfy {
        $0.members == $1.members && $0.trajectories == $1.trajectories
      })
    let other = TwoWayBootstrap(members: 7, trajectories: 11, replicates: 50, seed: 4)
    #expect(zip(bootstrap.draws, other.draws).contains { $0.members != $1.members })
  }

  /// Counting a forecast k times is the same as writing it k times.
  @Test(arguments: 0..<10) func weightedQuantileIsThatOfTheRepeatedValues(seed: UInt64) throws {
    var stream = RandomStream(seed: seed, purpose: .sampling)
    let errors: [Double?] = (0..<4 * 6).map { _ in
      stream.integer(in: 0...5) == 0 ? nil : Double(stream.integer(in: 1...9))
    }
    let table = ForecastErrorMatrix(members: 4, trajectories: 6, errors: errors)
    for draw in TwoWayBootstrap(members: 4, trajectories: 6, replicates: 20, seed: seed).draws {
      let repeated = (0..<24).flatMap { index -> [Double?] in
        let times = Int(draw.members[index / 6] * draw.trajectories[index % 6])
        return Array(repeating: errors[index], count: times)
      }
      for p in [0, 0.05, 0.3, 0.5, 0.95, 1] {
        let expected = Quantiles.quantiles([p], of: repeated.compactMap { $0 })[0]
        let quantile = table.quantile(p, draw)
        #expect((quantile == nil) == (expected == nil))
        if let quantile, let expected { #expect(abs(quantile - expected) < 1e-12) }
      }
      let rate = Double(repeated.count { $0 == nil }) / Double(repeated.count)
      #expect(abs(try #require(table.blowUpRate(draw)) - rate) < 1e-12)
    }
  }

  @Test func blowUpsAndMissingForecasts() throws {
    let table = ForecastErrorMatrix(members: 2, trajectories: 3, errors: [1, nil, .nan, 3, 5, 4])
    #expect(table.blowUps == Proportion(1, of: 5))
    #expect(table.membersWithBlowUps == Proportion(1, of: 2))
    #expect(table.memberMedians == [1, 4])
    #expect(table.finite == [1, 3, 4, 5])
    let whole = TwoWayBootstrap(members: 2, trajectories: 3, replicates: 1).whole
    #expect(table.quantile(0.5, whole) == 3.5)
  }

  /// Values μ + a_member + b_trajectory + noise: the interval of the median holds μ in about 95 of 100 studies, although
  /// the forecasts are far from independent.
  @Test func intervalHoldsTheMedianOfCrossedEffects() throws {
    let (members, trajectories) = (20, 40)
    let studies = 200
    var covered = 0
    var coveredByIndependence = 0
    for study in 0..<studies {
      var stream = RandomStream(seed: UInt64(study), purpose: .sampling, index: 7)
      let a = (0..<members).map { _ in 0.5 * stream.normal() }
      let b = (0..<trajectories).map { _ in stream.normal() }
      let errors: [Double?] = (0..<members * trajectories).map {
        10 + a[$0 / trajectories] + b[$0 % trajectories] + 0.5 * stream.normal()
      }
      let table = ForecastErrorMatrix(members: members, trajectories: trajectories, errors: errors)
      let bootstrap = TwoWayBootstrap(members: members, trajectories: trajectories, replicates: 150)
      let interval = try #require(bootstrap.interval { table.quantile(0.5, $0) })
      if interval.lower <= 10, 10 <= interval.upper { covered += 1 }
      // As if all 800 forecasts were independent: ± 1.96 · 1.2533 · σ / √800 for a median.
      let half = 1.96 * 1.2533 * (0.25 + 1 + 0.25).squareRoot() / 800.squareRoot()
      if abs(interval.estimate - 10) <= half { coveredByIndependence += 1 }
    }
    #expect((180...200).contains(covered), "\(covered) of 200")
    #expect(coveredByIndependence < 140, "\(coveredByIndependence) of 200")
  }

  /// The same for a blow-up rate: each member has its own rate.
  @Test func intervalHoldsARateThatVariesByMember() throws {
    var covered = 0
    for study in 0..<200 {
      var stream = RandomStream(seed: UInt64(study), purpose: .sampling, index: 8)
      let errors = (0..<20).flatMap { _ -> [Double?] in
        let rate = 0.6 * stream.uniform()
        return (0..<30).map { _ in stream.uniform() < rate ? nil : 1.0 }
      }
      let table = ForecastErrorMatrix(members: 20, trajectories: 30, errors: errors)
      let interval = try #require(
        TwoWayBootstrap(members: 20, trajectories: 30, replicates: 200).interval(table.blowUpRate))
      if interval.lower <= 0.3, 0.3 <= interval.upper { covered += 1 }
    }
    #expect((180...200).contains(covered), "\(covered) of 200")
  }

  /// What members and trajectories share cancels out: the paired interval is much narrower than the unpaired ones.
  @Test func pairingTakesOutWhatIsShared() throws {
    var stream = RandomStream(seed: 5, purpose: .sampling)
    let difficulty = (0..<30).map { _ in 2 * stream.normal() }
    let base = (0..<10 * 30).map { index in
      Reproducible.exp(difficulty[index % 30] + 0.1 * stream.normal())
    }
    let first = ForecastErrorMatrix(members: 10, trajectories: 30, errors: base.map { 0.8 * $0 })
    let second = ForecastErrorMatrix(members: 10, trajectories: 30, errors: base)
    let bootstrap = TwoWayBootstrap(members: 10, trajectories: 30, replicates: 300)
    let comparison = PairedComparison(first, second, bootstrap: bootstrap)
    let ratio = try #require(comparison.medianRatio)
    #expect(abs(ratio.estimate - 0.8) < 1e-12 && ratio.upper - ratio.lower < 1e-9)
    #expect(comparison.superiority == Interval(1, 1, 1))
    #expect(comparison.blowUpDifference == Interval(0, 0, 0))
    let alone = try #require(bootstrap.interval { second.quantile(0.5, $0) })
    #expect(alone.upper / alone.lower > 2)
  }

  @Test func blowUpsLoseAgainstAnything() throws {
    let first = ForecastErrorMatrix(members: 1, trajectories: 4, errors: [nil, nil, 2, .nan])
    let second = ForecastErrorMatrix(members: 1, trajectories: 4, errors: [9, nil, 1, 1])
    let bootstrap = TwoWayBootstrap(members: 1, trajectories: 4, replicates: 10)
    // Lost, tied, lost, not made: 0.5 of 3.
    let superiority = try #require(PairedComparison(first, second, bootstrap: bootstrap).superiority)
    #expect(abs(superiority.estimate - 0.5 / 3) < 1e-12)
  }

  @Test func spreadOfEqualValuesIsZero() throws {
    let bootstrap = TwoWayBootstrap(members: 4, replicates: 20)
    #expect(bootstrap.deviation(of: [2, 2, 2, 2]) == Interval(0, 0, 0))
    #expect(bootstrap.mean(of: [1, 2, 3, 4])?.estimate == 2.5)
    let deviation = try #require(bootstrap.deviation(of: [1, 2, 3, 4]))
    #expect(abs(deviation.estimate - (5.0 / 3).squareRoot()) < 1e-12)
  }
}
