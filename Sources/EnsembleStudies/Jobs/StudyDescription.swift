import CheckedJSON
import Digests
import ErrorCategories
import Foundation
import StudyFiles

/// All that a plan is made of, without the data: small enough to travel with the jobs, so that whoever fetches their
/// results needs neither the study file nor the dataset.
package struct StudyDescription: Codable, Equatable, Sendable {
  /// What this program writes and reads.
  package static let currentFormat = 1

  /// ``currentFormat`` of the program that made it.
  package var format = currentFormat
  /// The study file with every default filled in.
  package var study: String
  /// Digest of the dataset's file.
  package var dataset: SHA256Digest
  /// Names of the dataset's states.
  package var states: [String]
  /// Names of the dataset's inputs.
  package var inputs: [String]
  /// Sampling time (s).
  package var samplingTime: Double
  /// Rows of each training trajectory.
  package var trainingRows: [Int]
  /// Rows of each test trajectory.
  package var testRows: [Int]
  /// ``StudyPlan/identity`` of the plan.
  package var plan: SHA256Digest

  /// The description of a plan; `resolvedYAML` is its study file with every default filled in.
  package init(_ plan: StudyPlan, resolvedYAML: String) {
    study = resolvedYAML
    (dataset, self.plan) = (plan.dataset, plan.identity)
    (states, inputs) = (plan.signals.stateNames, plan.signals.inputNames)
    samplingTime = plan.signals.samplingTime
    trainingRows = plan.signals.rows[.training] ?? []
    testRows = plan.signals.rows[.test] ?? []
  }

  /// Reads what ``encoded()`` made. Throws ``StudyDescriptionError`` if it isn't a description of this program's format.
  package init(decoding bytes: [UInt8]) throws {
    do {
      self = try JSONDecoder().decodeChecked(StudyDescription.self, from: bytes)
    } catch {
      throw StudyDescriptionError(problem: "it can't be read: \(JSONProblem.text(of: error))")
    }
    guard format == Self.currentFormat else {
      throw StudyDescriptionError(
        problem: "it has format \(format), this program reads \(Self.currentFormat); use the same version")
    }
  }

  /// JSON with sorted keys.
  package func encoded() throws -> [UInt8] { try CanonicalJSON.bytes(self) }

  /// The plan. Throws ``StudyDescriptionError`` if this program expands the study into other jobs.
  package func makePlan() throws -> StudyPlan {
    let signals = DatasetSignals(
      stateNames: states, inputNames: inputs, samplingTime: samplingTime,
      rows: [.training: trainingRows, .test: testRows])
    let study = try StudyFile.study(yaml: study, file: "the study")
    let plan = try StudyPlan(study, signals: signals, digest: dataset)
    guard plan.identity == self.plan else {
      throw StudyDescriptionError(
        problem: "this version of the program makes other jobs of it; use the version that submitted it")
    }
    return plan
  }
}

/// A description of a study that can't be used.
package struct StudyDescriptionError: CategorizedError, Equatable {
  /// What is wrong, as a clause.
  package let problem: String
  /// Bad input.
  package var category: ErrorCategory { .badInput }
  package var description: String { "the study's description can't be used: \(problem)" }
}
