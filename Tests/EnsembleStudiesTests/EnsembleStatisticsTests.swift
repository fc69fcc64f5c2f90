import EnsembleStudies
import Foundation
import FuzzSupport
import SnapshotSupport
import Testing
import TrajectoryData

@Suite struct EnsembleStatisticsTests {
  @Test func aSmallEnsembleByHand() throws {
    let statistics = try smallStatistics()
    let a = try #require(statistics.variants.first)
    #expect(statistics.variants.map(\.variant) == ["a", "b"])
    #expect(a.finished == 3)
    #expect(a.failures.map(\.member) == [2] && a.failures.map(\.seed) == [102])
    #expect(
      a.failures[0].failure
        == MemberFailure(reason: "the loss is \"nan\", not finite", epoch: 4, step: 1200))
    #expect(a.trainingLoss == Summary(of: [0.25, 0.5, 0.75]))
    #expect(a.weightsBefore == Summary(of: [15, 15, 15]))
    #expect(a.weightsLeft == Summary(of: [6, 8, 7]) && a.weightsLeft.mean == 7)
    #expect(a.weightsLeftByLayer == [Summary(of: [4, 5, 6]), Summary(of: [2, 3, 1])])
    #expect(a.unitsLeftByLayer == [Summary(of: [2, 3, 1])])
    #expect(a.bytesLeft.mean == 28)
    #expect(a.distinctStructures == 2)
  }

  @Test func blowUpsAreCountedAndLeftOutOfErrors() throws {
    let a = try smallStatistics().variants[0]
    #expect(a.windows.map(\.window) == testWindows)
    #expect(a.windows[0].blowUps == Proportion(0, of: 6))
    #expect(a.windows[1].blowUps == Proportion(2, of: 6))
    #expect(a.windows[0].meanAbsolute == Spread(of: [0.1, 0.3, 0.2, 0.4, 0.5, 0.6]))
    #expect(a.windows[1].meanAbsolute == Spread(of: [0.2, 0.4, 0.6, 0.8]))
    #expect(a.windows[1].meanSquared == Spread(of: [0.2, 0.4, 0.6, 0.8].map { $0 * $0 }))
    #expect(abs((a.windows[1].meanAbsolute.q50 ?? 0) - 0.5) < 1e-12)
  }

  @Test func learnedFeaturesAreCounted() throws {
    let a = try smallStatistics().variants[0]
    let counts = a.featureFrequencies.map { $0.map(\.count) }
    #expect(counts == [[3, 1, 3], [0, 2, 0]])
    #expect(a.featureFrequencies[0][1] == Proportion(1, of: 3))
    #expect(a.featureSets[0].map(\.inputs) == [["x1", "u1"], ["x1", "x2", "u1"]])
    #expect(a.featureSets[0].map(\.frequency.count) == [2, 1])
    #expect(a.featureSets[1].map(\.inputs) == [["x2"], []])
    #expect(a.wholeFeatureSets.count == 3)
    #expect(a.wholeFeatureSets[0].inputsByOutput == [["x1", "u1"], ["x2"]])
    #expect(a.wholeFeatureSets.allSatisfy { $0.frequency == Proportion(1, of: 3) })
  }

  @Test func aVariantWithoutMembersHasEmptyStatistics() throws {
    let b = try smallStatistics().variants[1]
    #expect(b.finished == 0 && b.failures.isEmpty && b.trainingLoss.mean == nil)
    #expect(b.windows.allSatisfy { $0.blowUps.total == 0 && $0.meanAbsolute.q50 == nil })
    #expect(b.featureSets == [[], []] && b.wholeFeatureSets.isEmpty && b.distinctStructures == 0)
  }

  @Test func jsonDoesNotDependOnTheOrderOfMembers() throws {
    var generator = SplitMix64(seed: 4)
    let reference = try smallStatistics().json()
    let csv = MembersCSV.text(records: smallEnsemble, variants: ["a", "b"], windows: testWindows)
    for _ in 0..<30 {
      let shuffled = smallEnsemble.shuffled(using: &generator)
      #expect(try smallStatistics(shuffled).json() == reference)
      #expect(MembersCSV.text(records: shuffled, variants: ["a", "b"], windows: testWindows) == csv)
    }
  }

  @Test func jsonIsSortedIndentedAndReadsBack() throws {
    let statistics = try smallStatistics()
    let data = try statistics.json()
    #expect(try EnsembleStatistics(json: data) == statistics)
    let text = try #require(String(data: data, encoding: .utf8))
    #expect(text.hasPrefix("{\n  \"inputs\" : [\n    \"x1\",") && text.hasSuffix("}\n"))
    #expect(text.contains("\"mean\" : null") && text.contains("\"q50\" : null"))
  }

  @Test func nonFiniteNumbersAreNull() throws {
    var record = smallEnsemble[0]
    guard case .finished(var trained) = record.outcome else { return #expect(Bool(false)) }
    trained.forecasts = [
      ForecastRecord(
        trajectory: 0, window: testWindows[0], meanSquared: .infinity, meanAbsolute: .nan, blewUp: false)
    ]
    record.outcome = .finished(trained)
    let statistics = try smallStatistics([record])
    #expect(statistics.variants[0].windows[0].meanSquared.q50 == .infinity)
    let back = try EnsembleStatistics(json: statistics.json())
    #expect(back.variants[0].windows[0].meanSquared.q50 == nil)
    #expect(back.variants[0].windows[0].meanSquared.count == 1)
  }

  @Test func recordsSurviveJSONWithInfiniteErrors() throws {
    let data = try JSONEncoder().encode(smallEnsemble)
    #expect(try JSONDecoder().decode([MemberRecord].self, from: data) == smallEnsemble)
  }

  @Test func recordsThatDoNotFitAreRefused() throws {
    let good = smallEnsemble[0]
    var stranger = good
    stranger.variant = "c"
    let change = { (edit: (inout TrainedMember) -> Void) -> MemberRecord in
      guard var trained = good.trained else { return good }
      edit(&trained)
      return MemberRecord(variant: "a", member: 9, seed: 1, outcome: .finished(trained))
    }
    let errors = Snapshot.errors([
      { _ = try smallStatistics([stranger]) }, { _ = try smallStatistics([good, good]) },
      { _ = try smallStatistics([good, change { $0.learnedInputFeatures[1] = [true] }]) },
      { _ = try smallStatistics([good, change { $0.weightsLeft = [1] }]) },
      { _ = try smallStatistics([good, change { $0.forecasts.append($0.forecasts[0]) }]) },
      {
        _ = try smallStatistics([
          good, change { $0.forecasts[0].window = ForecastWindow(from: 0, to: 11) },
        ])
      },
    ])
    #expect(errors == (try Snapshot.recorded("records", of: errors)))
  }
}
