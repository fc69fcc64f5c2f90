import EnsembleStudies
import ReproducibleMath
import Testing
import TrajectoryData

@testable import EnsembleAnalysis

@Suite struct EnsembleForecastTests {
  @Test func quantilesAreThoseOfTheMembers() {
    // 5 members, 2 rows, 1 state.
    let forecast = EnsembleForecast([[1, 5], [2, 4], [3, 3], [4, 2], [5, 1]], deviations: [10])
    #expect(forecast.rows == 2 && forecast.left == [5, 5])
    for row in 0..<2 {
      #expect((0..<5).map { forecast.quantile($0, row: row, state: 0) } == [1.2, 2, 3, 4, 4.8])
    }
  }

  @Test func membersThatStrayLeaveAndStayAway() {
    let calm = (0..<4).map { _ in [0.0, 0, 0, 0] }
    let forecast = EnsembleForecast(calm + [[0, 3.1, 0, 0], [0, 0, .nan, .nan]], deviations: [1])
    #expect(forecast.leftAt == [nil, nil, nil, nil, 1, 2])
    #expect(forecast.left == [6, 5, 4, 4])
    // At 3 a member stays.
    #expect(EnsembleForecast(calm + [[0, 3, 0, 0]], deviations: [1]).leftAt.last == .some(nil))
    let none = EnsembleForecast([[0, .nan], [0, .nan]], deviations: [1])
    #expect(none.left == [2, 0] && none.median(row: 1, state: 0).isNaN)
  }

  /// Median and mean by hand; a member that runs away, or isn't finite, spoils neither.
  @Test func ensembleIsAModelOfItsOwn() throws {
    // Row 0 is given; 4 members, 1 state, σ = 2.
    let truth = [0.0, 1, 2, 3]
    let calm = [[0.0, 1, 2, 3], [0, 2, 4, 6], [0, 1, 2, 6]]
    let window = ForecastWindow(from: 0, to: 3)
    for stray in [[0, 1, 100, 1e6], [0, 1, Double.nan, .nan]] {
      var errors = EnsembleModelErrors(members: 4, outputs: ["y"], windows: [window])
      errors.add(calm + [stray], truth: truth, deviations: [2], given: 0)
      let model = try #require(errors.model(variant: "a"))
      #expect(model.members == 4 && model.trajectories == 1 && model.excluded.count == 1)
      let result = model.windows[0]
      // Medians 1, 2, 6; means 1.25, 8/3, 5.
      #expect(result.median.meanAbsolute.q50 == 0.5 && result.median.blowUps.count == 0)
      let mean = try #require(result.mean.meanAbsolute.q50)
      #expect(abs(mean - (0.25 + 2.0 / 3 + 2) / 6) < 1e-12)
      #expect(result.byMember.blowUps.count == 1 && result.byMember.blowUps.total == 4)
      #expect(result.outputs[0].median == 3.0.squareRoot())
      #expect(result.outputs[0].byMember.best == 0)
      #expect((result.outputs[0].byMember.worst ?? .infinity) > 1e5)
      let json = EnsembleModels(study: "s", variants: [model])
      #expect(try !json.json().isEmpty && json.text() != nil)
    }
  }

  @Test func levelOfTheTruthByHand() {
    let values = [0.0, 1, 2, 3, 4]
    #expect(EnsembleAccuracy.bin(of: 2, in: values) == 0)
    // At 1 the central half contains it: level 0.5, the tenth bin.
    #expect(EnsembleAccuracy.bin(of: 1, in: values) == 9)
    #expect(EnsembleAccuracy.bin(of: 4, in: values) == 19)
    #expect(EnsembleAccuracy.bin(of: -0.1, in: values) == 20)
    #expect(EnsembleAccuracy.bin(of: 1, in: [1]) == 20)
  }

  /// A truth that is one more member, uniformly distributed: coverage is level · (M − 1) / (M + 1).
  @Test func exchangeableTruthIsCoveredAsStated() throws {
    var stream = RandomStream(seed: 11, purpose: .sampling)
    var accuracy = EnsembleAccuracy(members: 9)
    for _ in 0..<40 {
      let rows = 101
      let all = (0..<10).map { _ in (0..<rows).map { $0 == 0 ? 0 : 0.1 * stream.uniform() } }
      accuracy.add(Array(all.dropLast()), truth: all[9], deviations: [1])
    }
    let coverage = accuracy.coverage(replicates: 200)
    for (level, interval) in zip(EnsembleAccuracy.levels, coverage) {
      let interval = try #require(interval)
      #expect(abs(interval.estimate - accuracy.exchangeableCoverage(level)) < 0.025, "level \(level)")
      #expect(interval.lower <= interval.estimate && interval.estimate <= interval.upper)
    }
    #expect(accuracy.excluded == Proportion(0, of: 360))
    // The median of nine has about a third of the noise of one.
    let errors = accuracy.errors(replicates: 100)
    #expect(try #require(errors.ratio).upper < 1)
  }

  @Test func errorsAreOnTheGivenRows() throws {
    var accuracy = EnsembleAccuracy(members: 3)
    accuracy.add([[0, 1], [0, 2], [0, 9]], truth: [0, 0], deviations: [2])
    let errors = accuracy.errors(replicates: 10)
    // The third member is 3.5 σ from the median 2 and leaves; of 1 and 2 the median is 1.5.
    #expect(accuracy.excluded == Proportion(1, of: 3))
    #expect(errors.ensemble?.estimate == 0.75)
    // Its own error, 4.5 σ, is a blow-up; 0.5 and 1 are left.
    #expect(errors.members?.estimate == 0.75)
  }
}
