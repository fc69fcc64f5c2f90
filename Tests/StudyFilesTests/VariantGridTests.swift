import StudyFiles
import SparseNetworks
import Testing

@Suite struct VariantGridTests {
  private func study(_ lines: String) throws -> Study {
    try StudyFile.study(
      yaml: smallestStudy.replacing(
        "system: aluminium-cell", with: "system: aluminium-cell\n    validationTrajectories: 2")
        + lines.split(separator: "\n").map { "    \($0)\n" }.joined(), file: "s")
  }

  @Test func oneEntryIsOneVariant() throws {
    let study = try study("trainingTrajectories: 5")
    #expect(
      study.variants == [Variant(name: "a", hidden: [20, 20], batchSize: 128, trainingTrajectories: 5)])
  }

  @Test func sizesAndWeightsMultiply() throws {
    let study = try study(
      """
      trainingTrajectories: [10, 40]
      penalty: {method: proximal, weight: [1e-4, 2.5e-4], selection: most-stable-structure}
      """)
    #expect(study.variants.map(\.name) == ["a-n10-l1e-4", "a-n10-l25e-5", "a-n40-l1e-4", "a-n40-l25e-5"])
    #expect(study.variants.map(\.trainingTrajectories) == [10, 10, 40, 40])
    #expect(
      study.variants.map(\.penalty)
        == [1e-4, 2.5e-4, 1e-4, 2.5e-4].map { Penalty(method: .proximal, weight: $0) })
    #expect(study.grids[0].points.map(\.name) == ["a-n10", "a-n40"])
    #expect(study.grids[0].path?.rule == .mostStableStructure)
  }

  @Test func aPathOfGroupsVariesTheirWeight() throws {
    let study = try study(
      "penalty: {method: proximal, weight: 1e-3, group: {over: unit, weight: [2e-3, 1e-2]}, selection: min-error}"
    )
    #expect(study.variants.map(\.name) == ["a-g2e-3", "a-g1e-2"])
    #expect(
      study.variants.map(\.penalty)
        == [2e-3, 1e-2].map {
          Penalty(method: .proximal, weight: 1e-3, group: GroupPenalty(over: .unit, weight: $0))
        })
    #expect(study.grids[0].path?.rule == .minError && study.grids[0].path?.target == .group)
    let single = try self.study("penalty: {method: proximal, group: {over: lag, weight: 2}}")
    #expect(
      single.variants[0].penalty
        == Penalty(method: .proximal, weight: 0, group: GroupPenalty(over: .lag, weight: 2)))
  }

  @Test(arguments: [
    ("1e-4", "1e-4"), ("0.00012", "12e-5"), ("0.5", "5e-1"), ("1", "1e0"), ("0", "0"), ("20", "2e1"),
    ("1.25e-7", "125e-9"), ("3e20", "3e20"),
  ])
  func weightsInNames(weight: String, text: String) throws {
    let study = try study("penalty: {method: proximal, weight: [\(weight), 7]}")
    #expect(study.variants.map(\.name) == ["a-l\(text)", "a-l7e0"])
  }

  @Test func aLengthOfItsOwnReplacesOneOfTheOtherKind() throws {
    let text = smallestStudy + "  - {name: b, epochs: 3}\n  - {name: c, steps: 8}\n"
    func lengths(_ defaults: String) throws -> [TrainingLength] {
      try StudyFile.study(
        yaml: text.replacing("variants:", with: "defaults: {\(defaults), hidden: [2]}\nvariants:"), file: "s"
      ).variants.map(\.length)
    }
    #expect(try lengths("steps: 50") == [.steps(50), .epochs(3), .steps(8)])
    #expect(try lengths("epochs: 7") == [.epochs(7), .epochs(3), .steps(8)])
  }

  @Test func stepsAreWholeEpochsThatHoldThem() {
    #expect(TrainingLength.steps(100).epochs(stepsPerEpoch: 100) == 1)
    #expect(TrainingLength.steps(101).epochs(stepsPerEpoch: 100) == 2)
    #expect(TrainingLength.steps(1).epochs(stepsPerEpoch: 100) == 1)
    #expect(TrainingLength.epochs(7).epochs(stepsPerEpoch: 100) == 7)
  }

  @Test func scaleShrinksMembersAndEveryLength() throws {
    let study = try study(
      """
      members: 20
      steps: 1000
      pruning: {weights: 9, epochs: 5, learningRate: 1e-3}
      debias: {epochs: 30, learningRate: 1e-3}
      """)
    let tenth = study.scaled(by: 0.11).variants[0]
    #expect(tenth.members == 3)
    #expect(tenth.length == .steps(110))
    #expect(tenth.pruning?.length == .epochs(1) && tenth.pruning?.weights == 9)
    #expect(tenth.debias?.length == .epochs(4))
    #expect(study.scaled(by: 1e-9).variants[0].members == 2)
    #expect(study.scaled(by: 1e-9).variants[0].length == .steps(1))
    #expect(study.scaled(by: 1) == study)
    #expect(try self.study("members: 1").scaled(by: 0.5).variants[0].members == 1)
  }
}
