import CheckedJSON
import Foundation
import StudyFiles
import Testing

@testable import EnsembleStudies

@Suite struct StudyDescriptionTests {
  private static let yaml = """
    name: oscillator
    dataset:
      files: {train: [a], test: [c], states: [x, v], inputs: [force], samplingTime: 0.1}
    forecast: {windows: [[0, 10]]}
    variants: [{name: a, members: 2, hidden: [4], batchSize: 16}]
    """

  private func description(validation: [Int]) throws -> StudyDescription {
    let study = try StudyFile.study(yaml: Self.yaml, file: "study.yaml")
    let plan = try StudyPlan(study, trajectories: oscillatorSet(validation: validation), digest: .of([1]))
    return StudyDescription(plan, resolvedYAML: Self.yaml)
  }

  /// The rows of each part come back, so that a plan made on another host forecasts the same trajectories.
  @Test(arguments: [[], [7, 9]]) func rowsTravelWithADescription(validation: [Int]) throws {
    let description = try description(validation: validation)
    #expect(description.validationRows ?? [] == validation)
    let copy = try StudyDescription(decoding: description.encoded())
    #expect(copy == description)
    let rows = try copy.makePlan().signals.rows
    #expect(rows[.training] == [60, 40, 50] && rows[.test] == [80, 30, 55])
    #expect(rows[.validation] ?? [] == validation)
  }

  /// As an earlier version wrote it.
  @Test func aDescriptionWithoutValidationRowsIsRead() throws {
    let bytes = try description(validation: []).encoded()
    var object = try #require(JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    object["validationRows"] = nil
    let old = try StudyDescription(decoding: Array(JSONSerialization.data(withJSONObject: object)))
    #expect(old.validationRows == nil)
    #expect(try old.makePlan().signals.rows[.training] == [60, 40, 50])
  }
}
