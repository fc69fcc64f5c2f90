import CheckedJSON
import Digests
import ErrorCategories
import Foundation
import SparseNetworks
import TrajectoryData

/// The training of one member, complete in itself: the same job gives the same bytes on every host.
///
/// It knows nothing of the study, the variant, or the member's number, so that the same work is known as the same
/// job wherever it comes from.
package struct TrainingJob: Codable, Equatable, Sendable {
  /// What the same description gives changes with this number, and with it every job's identity.
  package static let currentFormat = 2

  /// ``currentFormat`` of the program that made the job.
  package var format = currentFormat
  /// Digest of the dataset's file.
  package var dataset: SHA256Digest
  /// The first so many training trajectories are trained on.
  package var trainingTrajectories: Int
  /// The network's shape.
  package var shape: NetworkShape
  /// How it is trained at first.
  package var settings: TrainingSettings
  /// What follows the penalised training, first to last; nil: nothing.
  package var fineTuning: [FineTuning]?
  /// Seed of the initial weights and of the order of the samples.
  package var seed: UInt64
  /// Weights of smaller magnitude are dropped after the penalised training.
  package var pruneThreshold: Double
  /// Windows of steps in which the forecasts of the test trajectories are judged.
  package var windows: [ForecastWindow]

  /// The bytes that travel: JSON with sorted keys.
  package func payload() throws -> [UInt8] { try CanonicalJSON.bytes(self) }

  /// A job from its bytes. Throws ``TrainingJobError`` if they aren't a job of this program's format.
  package init(payload: [UInt8]) throws {
    let job: TrainingJob
    do {
      job = try JSONDecoder().decodeChecked(TrainingJob.self, from: payload)
    } catch {
      throw TrainingJobError(problem: "the job can't be read: \(JSONProblem.text(of: error))")
    }
    guard job.format == Self.currentFormat else {
      throw TrainingJobError(
        problem:
          "the job has format \(job.format), this program runs \(Self.currentFormat); use the same version")
    }
    self = job
  }

  /// A job of given values.
  package init(
    dataset: SHA256Digest, trainingTrajectories: Int, shape: NetworkShape, settings: TrainingSettings,
    fineTuning: [FineTuning]? = nil, seed: UInt64, pruneThreshold: Double, windows: [ForecastWindow]
  ) {
    self.dataset = dataset
    self.trainingTrajectories = trainingTrajectories
    self.shape = shape
    self.settings = settings
    self.fineTuning = fineTuning
    self.seed = seed
    self.pruneThreshold = pruneThreshold
    self.windows = windows
  }
}

/// A job that can't be run.
package struct TrainingJobError: CategorizedError, Equatable {
  /// What is wrong.
  package let problem: String
  /// Bad input.
  package var category: ErrorCategory { .badInput }
  package var description: String { problem }
}
