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
package struct TrainingJob: Equatable, Sendable {
  /// Jobs with second-order phases or left-out blocks. The result of a job changes with this number, and with it the job's identity.
  package static let currentFormat = 5
  /// Jobs with lags, dead times, hidden states, a simulation's loss, differences of several steps, group penalties, weights
  /// of outputs or validation during the training, of Adam alone.
  package static let firstOrderFormat = 4
  /// Networks of the present row alone, with any activation and loss, without group penalties, weights
  /// of outputs and validation during the training.
  package static let presentRowFormat = 3
  /// ReLU networks and the squared error alone.
  package static let plainFormat = 2

  /// The oldest format that can hold the job, so that older jobs keep their identity. A program that doesn't know the
  /// format refuses the job: otherwise it would train another network than is asked for.
  package var format: Int {
    if validationBlocks != nil || phases.contains(where: { $0.settings.secondOrder != nil }) {
      return Self.currentFormat
    }
    if regressor != nil || validationInterval != nil || outputWeights != nil
      || phases.contains(where: {
        $0.settings.simulation != nil || $0.settings.oneStep != nil || $0.settings.penalty.group != nil
      })
    {
      return Self.firstOrderFormat
    }
    let isPlain =
      shape.activation == .relu
      && phases.allSatisfy { $0.settings.loss == .squared }
    return isPlain ? Self.plainFormat : Self.presentRowFormat
  }

  /// Digest of the dataset's file.
  package var dataset: SHA256Digest
  /// Number of training trajectories used, the first ones.
  package var trainingTrajectories: Int
  /// Lags and dead times of the network's inputs; nil: the present row alone.
  package var regressor: Regressor? {
    didSet { if let regressor, regressor.isPresentRow { self.regressor = nil } }
  }
  /// How hidden states start; nil without any.
  package var hiddenStates: HiddenStates?
  /// The network's shape.
  package var shape: NetworkShape
  /// How it is trained in the first phase, the penalised one.
  package var settings: TrainingSettings
  /// The phases after the first, in order; in JSON `fineTuning`, absent if empty.
  package var laterPhases: [TrainingPhase]
  /// Weights of the outputs' errors in the loss, greater than 0; nil: all 1.
  package var outputWeights: [Double]?
  /// Steps of the last phase from one forecast of the validation trajectories to the next, of which the weights with the
  /// least error are kept; nil: the last weights are.
  package var validationInterval: Int?
  /// Blocks of the training trajectories that are left out in turn, in trainings before the member's own, to judge these on
  /// them in the place of validation trajectories; nil: none.
  package var validationBlocks: Int?
  /// Seed of the initial weights and of the order of the samples.
  package var seed: UInt64
  /// Weights of smaller magnitude are dropped after the penalised training.
  package var pruneThreshold: Double
  /// Windows of steps in which the forecasts of the test trajectories are judged.
  package var windows: [ForecastWindow]

  /// The regressor on a dataset of n outputs and m inputs.
  package func regressor(outputs n: Int, inputs m: Int) -> Regressor {
    regressor ?? .present(outputs: n, inputs: m)
  }

  /// The most steps that a phase integrates over; nil: none does.
  var integralSteps: Int? {
    phases.compactMap { $0.settings.simulation == nil ? $0.settings.oneStep : nil }
      .filter { $0.form == .integral }.map(\.steps).max()
  }

  /// The window with the most steps, of equals the first; nil without windows.
  var longestWindow: ForecastWindow? {
    windows.dropFirst().reduce(windows.first) { longest, window in
      guard let longest else { return window }
      return window.to - window.from > longest.to - longest.from ? window : longest
    }
  }

  /// The bytes that travel: JSON with sorted keys.
  package func payload() throws -> [UInt8] { try CanonicalJSON.bytes(self) }

  /// A job from its bytes. Throws ``TrainingJobError`` if they aren't a job of this program's format.
  package init(payload: [UInt8]) throws {
    do {
      self = try JSONDecoder().decodeChecked(TrainingJob.self, from: payload)
    } catch let error as TrainingJobError {
      throw error
    } catch {
      throw TrainingJobError(problem: "the job can't be read: \(JSONProblem.text(of: error))")
    }
  }

  /// A job of given values.
  package init(
    dataset: SHA256Digest, trainingTrajectories: Int, regressor: Regressor? = nil,
    hiddenStates: HiddenStates? = nil,
    shape: NetworkShape,
    settings: TrainingSettings,
    laterPhases: [TrainingPhase] = [], outputWeights: [Double]? = nil,
    validationInterval: Int? = nil, validationBlocks: Int? = nil, seed: UInt64, pruneThreshold: Double,
    windows: [ForecastWindow]
  ) {
    self.dataset = dataset
    self.trainingTrajectories = trainingTrajectories
    self.regressor = regressor.flatMap { $0.isPresentRow ? nil : $0 }
    self.hiddenStates = hiddenStates
    self.shape = shape
    self.settings = settings
    self.laterPhases = laterPhases
    self.outputWeights = outputWeights
    self.validationInterval = validationInterval
    self.validationBlocks = validationBlocks
    self.seed = seed
    self.pruneThreshold = pruneThreshold
    self.windows = windows
  }
}

extension TrainingJob: Codable {
  private enum CodingKeys: String, CodingKey {
    case format, dataset, trainingTrajectories, regressor, hiddenStates, shape, settings, seed,
      pruneThreshold,
      windows
    case laterPhases = "fineTuning"
    case outputWeights, validationInterval, validationBlocks
  }

  /// Decodes a job. Throws ``TrainingJobError`` for a format that this program doesn't know, or one that can't hold the job.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let number = try container.decode(Int.self, forKey: .format)
    guard (Self.plainFormat...Self.currentFormat).contains(number) else {
      throw TrainingJobError(
        problem:
          "the job has format \(number), this program runs \(Self.plainFormat) to \(Self.currentFormat); "
          + "use the version that made it", isOfNewerFormat: number > Self.currentFormat)
    }
    self.init(
      dataset: try container.decode(SHA256Digest.self, forKey: .dataset),
      trainingTrajectories: try container.decode(Int.self, forKey: .trainingTrajectories),
      regressor: try container.decodeIfPresent(Regressor.self, forKey: .regressor),
      hiddenStates: try container.decodeIfPresent(HiddenStates.self, forKey: .hiddenStates),
      shape: try container.decode(NetworkShape.self, forKey: .shape),
      settings: try container.decode(TrainingSettings.self, forKey: .settings),
      laterPhases: try container.decodeIfPresent([TrainingPhase].self, forKey: .laterPhases) ?? [],
      outputWeights: try container.decodeIfPresent([Double].self, forKey: .outputWeights),
      validationInterval: try container.decodeIfPresent(Int.self, forKey: .validationInterval),
      validationBlocks: try container.decodeIfPresent(Int.self, forKey: .validationBlocks),
      seed: try container.decode(UInt64.self, forKey: .seed),
      pruneThreshold: try container.decode(Double.self, forKey: .pruneThreshold),
      windows: try container.decode([ForecastWindow].self, forKey: .windows))
    guard number == format else {
      throw TrainingJobError(problem: "the job's format is \(number), but its contents need \(format)")
    }
  }

  /// Encodes a job with its ``format``.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(format, forKey: .format)
    try container.encode(dataset, forKey: .dataset)
    try container.encode(trainingTrajectories, forKey: .trainingTrajectories)
    try container.encodeIfPresent(regressor, forKey: .regressor)
    try container.encodeIfPresent(hiddenStates, forKey: .hiddenStates)
    try container.encode(shape, forKey: .shape)
    try container.encode(settings, forKey: .settings)
    if !laterPhases.isEmpty { try container.encode(laterPhases, forKey: .laterPhases) }
    try container.encodeIfPresent(outputWeights, forKey: .outputWeights)
    try container.encodeIfPresent(validationInterval, forKey: .validationInterval)
    try container.encodeIfPresent(validationBlocks, forKey: .validationBlocks)
    try container.encode(seed, forKey: .seed)
    try container.encode(pruneThreshold, forKey: .pruneThreshold)
    try container.encode(windows, forKey: .windows)
  }
}

/// A job that can't be run.
package struct TrainingJobError: CategorizedError, Equatable {
  /// What is wrong.
  package let problem: String
  /// Whether a newer version of the program made the job.
  package var isOfNewerFormat = false
  package var category: ErrorCategory { .badInput }
  package var description: String { problem }

  /// The integral form needs consecutive samples.
  static let integralOfGaps = TrainingJobError(
    problem:
      "the integral form of the loss runs over consecutive rows, and some values are missing; write form: difference, or cut "
      + "the runs at missing values")

  /// No row has all its values and those of the next row.
  static let noWholeSample = TrainingJobError(
    problem:
      "every sample touches a missing value, so there is no error of the next row to train on; train on simulations "
      + "with one lag of each output: loss: {method: simulation, startSteps: 0}")
}
