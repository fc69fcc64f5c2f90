import Foundation
import SparseNetworks
import StudyFiles
import Testing
import TrajectoryData

@testable import EnsembleStudies

@Suite struct PenaltySelectionTests {
  /// Weights from small to large, with error, standard error and similarity.
  private func candidates(_ values: [(Double, Double?, Double?, Double?)]) -> [PathStatistics.Candidate] {
    values.map { weight, error, standardError, similarity in
      PathStatistics.Candidate(
        variant: "v", weight: weight, error: error, standardError: standardError,
        blowUps: Proportion(0, of: 10),
        weightsLeft: Summary(of: [Int]()), similarity: similarity)
    }
  }

  private let path = [
    (1e-5, 0.031, 0.002, 0.6), (1e-4, 0.030, 0.004, 0.7), (3e-4, 0.034, 0.001, 0.8),
    (1e-3, 0.0341, 0.01, 0.95),
    (1e-2, 0.060, 0.01, 0.9), (1e-1, 0.0601, 0.02, 1.0),
  ]

  @Test func eachRuleChoosesAsItSays() throws {
    let path = candidates(path)
    #expect(SelectionRule.minError.choice(among: path)?.index == 1)
    // 0.030 + 0.004 holds 3e-4, not 1e-3: the standard error is that of the least error.
    #expect(SelectionRule.oneStandardError.choice(among: path)?.index == 2)
    // Twice 0.030 holds 1e-2, not 1e-1, which agrees the most.
    #expect(SelectionRule.mostStableStructure.choice(among: path)?.index == 3)
  }

  @Test func orderOfThePathDoesNotMatter() {
    let backwards = Array(candidates(path).reversed())
    #expect(SelectionRule.minError.choice(among: backwards)?.index == 4)
    #expect(SelectionRule.oneStandardError.choice(among: backwards)?.index == 3)
    #expect(SelectionRule.mostStableStructure.choice(among: backwards)?.index == 2)
  }

  @Test func ofEqualsTheLargerWeightIsChosen() {
    let equal = candidates([(1, 0.5, nil, 0.5), (3, 0.5, nil, 0.5), (2, 0.5, nil, 0.5)])
    for rule in SelectionRule.allCases { #expect(rule.choice(among: equal)?.index == 1) }
  }

  /// The simplest of a list of hidden states is the shortest, whatever its order.
  @Test func fewestHiddenStatesAreChosen() throws {
    let list = candidates([
      (2, 0.0500, 0.008, nil), (0, 0.3, 0.02, nil), (1, 0.0570, 0.004, nil), (3, 0.0510, 0.001, nil),
    ])
    #expect(SelectionRule.minError.choice(among: list, of: .hiddenStates)?.index == 0)
    // Within a standard error of the least.
    #expect(SelectionRule.oneStandardError.choice(among: list, of: .hiddenStates)?.index == 2)
    for (error, index) in [(0.0509, 2), (0.0511, 0)] {
      let exact = candidates([(2, 0.0500, 0.001, nil), (0, 0.3, 0.02, nil), (1, error, 0.001, nil)])
      #expect(SelectionRule.oneStandardError.choice(among: exact, of: .hiddenStates)?.index == index)
    }
    let equal = candidates([(1, 0.5, nil, 0.5), (3, 0.5, nil, 0.5)])
    for rule in SelectionRule.allCases { #expect(rule.choice(among: equal, of: .hiddenStates)?.index == 0) }
  }

  /// Two members with mean errors 0.1 and 0.3, two trajectories with means 0.15 and 0.25, by hand.
  @Test func standardErrorOfHiddenStatesIsOverMembersToo() throws {
    func statistics(_ target: PenaltyPath.Target) throws -> PathStatistics {
      var grid = VariantGrid(Variant(name: "a", hidden: [2]))
      grid.path = PenaltyPath(weights: [0.5, 2], target: target)
      let names = grid.variants.map(\.name)
      let study = Study(
        name: "s", dataset: .simulated(SimulatedDataset(validationTrajectories: 2)), grids: [grid],
        forecast: Forecast(windows: testWindows))
      let records = names.flatMap { name in
        [member(name, 0, [0.05, 0.15], test: 1), member(name, 1, [0.25, 0.35], test: 1)]
      }
      return try #require(PathStatistics.paths(of: study, windows: testWindows, records: records)?.first)
    }
    // Over trajectories sqrt(0.1² / 2) / sqrt(2) = 0.05; over members 0.1.
    let penalty = try statistics(.group)
    #expect(abs((penalty.candidates[0].standardError ?? 0) - 0.05) < 1e-12 && penalty.target == nil)
    let hidden = try statistics(.hiddenStates)
    #expect(abs((hidden.candidates[0].standardError ?? 0) - 0.0125.squareRoot()) < 1e-12)
    #expect(hidden.target == .hiddenStates && hidden.chosen == "a-h0")
  }

  @Test func nothingIsChosenBeforeAllAreThere() {
    let open = candidates([(1, 0.5, nil, 0.5), (3, nil, nil, nil)])
    for rule in SelectionRule.allCases { #expect(rule.choice(among: open) == nil) }
  }

  @Test func reasonsNameTheNumbers() {
    #expect(
      SelectionRule.oneStandardError.choice(among: candidates(path))?.reason
        == "The least mean error on the validation trajectories is 0.03, of l1 weight 0.0001, with a standard error of "
        + "0.004; 0.0003 is the largest weight whose error, 0.034, is at most their sum, 0.034.")
  }

  private let study = Study(
    name: "s", dataset: .simulated(SimulatedDataset(validationTrajectories: 2)),
    grids: [
      VariantGrid(
        Variant(name: "a", hidden: [2], penalty: Penalty(method: .proximal, weight: 0.1)),
        path: PenaltyPath(weights: [0.1, 0.2], rule: .minError))
    ], forecast: Forecast(windows: testWindows))

  /// Validation errors by trajectory in the long window (nil: blew up); test errors all as given.
  private func member(
    _ variant: String, _ index: Int, _ validation: [Double?], test: Double, features: [Bool] = [true, false]
  ) -> MemberRecord {
    var record = finishedMember(variant, index, features: [features], errors: [[test, test]])
    guard var trained = record.trained else { return record }
    trained.validation = validation.enumerated().flatMap { trajectory, error in
      testWindows.enumerated().map { w, window in
        ForecastRecord(
          trajectory: trajectory, window: window, meanSquared: 0,
          meanAbsolute: w == 0 ? 9 : error ?? .infinity,
          blewUp: w == 1 && error == nil)
      }
    }
    record.outcome = .finished(trained)
    return record
  }

  /// By hand: members (0.1, 0.2) and (0.3, blown up = 3) have the trajectory means 0.2 and 1.6, so mean 0.9 and standard
  /// error (1.4 / √2) / √2 = 0.7.
  @Test func errorsAreMeansOverMembersThenTrajectories() throws {
    let failed = MemberRecord(
      variant: "a-l2e-1", member: 1, seed: 1, outcome: .failed(MemberFailure(reason: "diverged")))
    let records = [
      member("a-l1e-1", 0, [0.1, 0.2], test: 0.9),
      member("a-l1e-1", 1, [0.3, nil], test: 0.9, features: [true, true]),
      member("a-l2e-1", 0, [0.5, 0.7], test: 0.001), failed,
    ]
    let paths = PathStatistics.paths(of: study, windows: testWindows, records: records)
    let path = try #require(paths?.first)
    #expect(paths?.count == 1 && path.path == "a" && path.window == testWindows[1])
    #expect(path.validationTrajectories == 2)
    let (first, second) = (path.candidates[0], path.candidates[1])
    #expect(abs((first.error ?? 0) - 0.9) < 1e-15 && abs((first.standardError ?? 0) - 0.7) < 1e-15)
    #expect(first.blowUps == Proportion(1, of: 4) && first.similarity == 0.5)
    // The failed member counts with 3: (0.5 + 3) / 2 and (0.7 + 3) / 2.
    #expect(abs((second.error ?? 0) - 1.8) < 1e-15 && second.similarity == nil)
    // Test errors would have chosen the other.
    #expect(path.chosen == "a-l1e-1")
  }

  @Test func choiceStandsInTheStatistics() throws {
    var statistics = try smallStatistics()
    #expect(!String(decoding: try statistics.json(), as: UTF8.self).contains("penaltyPaths"))
    statistics.penaltyPaths = PathStatistics.paths(
      of: study, windows: testWindows, records: [member("a-l1e-1", 0, [0.1, 0.2], test: 0.9)])
    let json = try statistics.json()
    let document = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
    let path = try #require((document["penaltyPaths"] as? [[String: Any]])?.first)
    #expect(path["rule"] as? String == "min-error")
    let points = try #require(path["candidates"] as? [[String: Any]])
    #expect(points.contains { $0["similarity"] is NSNull })
    #expect(try EnsembleStatistics(json: json) == statistics)
  }

  @Test func studyWithoutAPathHasNone() {
    let plain = Study(
      name: "s", dataset: .simulated(SimulatedDataset()), variants: [Variant(name: "a", hidden: [2])],
      forecast: Forecast(windows: testWindows))
    #expect(PathStatistics.paths(of: plain, windows: testWindows, records: smallEnsemble) == nil)
  }

  @Test func openMembersLeaveTheChoiceOpen() throws {
    let path = try #require(
      PathStatistics.paths(
        of: study, windows: testWindows, records: [member("a-l1e-1", 0, [0.1, 0.2], test: 1)])?
        .first)
    #expect(path.chosen == nil && path.reason == "Not every weight has a finished member yet.")
  }

  @Test func tableMarksTheChoice() throws {
    let records = [
      member("a-l1e-1", 0, [0.1, 0.2], test: 0.9), member("a-l2e-1", 0, [0.5, nil], test: 0.001),
    ]
    let path = try #require(PathStatistics.paths(of: study, windows: testWindows, records: records)?.first)
    #expect(
      StatisticsTable.path(path) == """
        Penalty path 'a' on 2 validation trajectories or blocks (min-error)

           weight  error  standard error  blow-ups  weights left  similarity
        ────────────────────────────────────────────────────────────────────
        →     0.1   0.15            0.05       0/2           6.0           –
              0.2   1.75            1.25       1/2           6.0           –

        The least mean error on the validation trajectories is 0.15, of l1 weight 0.1.

        """)
  }
}
