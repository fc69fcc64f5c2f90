import Digests
import TrajectoryData

/// The result of one member's job, or its failure: the input of the ensemble statistics.
package struct MemberRecord: Codable, Equatable, Sendable {
  /// Name of the variant.
  package var variant: String
  /// Index of the member in its variant, from 0.
  package var member: Int
  /// Seed from which the member was initialised and trained.
  package var seed: UInt64
  /// How its job ended.
  package var outcome: Outcome

  /// How a member's job ended.
  package enum Outcome: Codable, Equatable, Sendable {
    /// The network was trained, pruned and judged.
    case finished(TrainedMember)
    /// The job failed, and left no network.
    case failed(MemberFailure)
  }

  /// Makes a record.
  package init(variant: String, member: Int, seed: UInt64, outcome: Outcome) {
    self.variant = variant
    self.member = member
    self.seed = seed
    self.outcome = outcome
  }

  /// The trained member, or nil if the job failed.
  package var trained: TrainedMember? {
    guard case .finished(let trained) = outcome else { return nil }
    return trained
  }

  /// The failure, or nil if the job finished.
  package var failure: MemberFailure? {
    guard case .failed(let failure) = outcome else { return nil }
    return failure
  }
}

/// Results of training, pruning and forecasting of one member.
package struct TrainedMember: Codable, Equatable, Sendable {
  /// Mean squared error of the last epoch, without the penalty; finite, since a member without a finite loss has failed.
  package var trainingLoss: Double
  /// Mean squared error of each epoch; finite.
  package var trainingCurve: [Double]
  /// Weights in each layer before pruning, from the first layer to the output layer; biases are not counted.
  package var weightsBefore: [Int]
  /// Weights in each layer that pruning left.
  package var weightsLeft: [Int]
  /// Size of the network's parameters before pruning, in bytes.
  package var bytesBefore: Int
  /// Size of the pruned network, in bytes.
  package var bytesLeft: Int
  /// Units of each hidden layer that still lie on a path from an input to an output.
  package var unitsLeft: [Int]
  /// For each output (row), whether each signal (column), by any of its lags, reaches it in the pruned network.
  package var learnedInputFeatures: [[Bool]]
  /// The same lag by lag; nil for a network of the present row alone.
  package var learnedLags: LearnedLags?
  /// Hidden states that still reach an output; nil for a network without any from the start.
  package var hiddenStatesLeft: Int?
  /// Digest of which weights are left: members with equal digests have the same structure.
  package var structureDigest: String
  /// One entry for each test trajectory and window of the study.
  package var forecasts: [ForecastRecord]
  /// One entry for each validation trajectory and window of the study; settings are chosen by these.
  package var validation: [ForecastRecord]

  /// Makes the result of a member.
  package init(
    trainingLoss: Double, trainingCurve: [Double], weightsBefore: [Int], weightsLeft: [Int], bytesBefore: Int,
    bytesLeft: Int, unitsLeft: [Int], learnedInputFeatures: [[Bool]], learnedLags: LearnedLags? = nil,
    hiddenStatesLeft: Int? = nil,
    structureDigest: String, forecasts: [ForecastRecord], validation: [ForecastRecord] = []
  ) {
    self.trainingLoss = trainingLoss
    self.trainingCurve = trainingCurve
    self.weightsBefore = weightsBefore
    self.weightsLeft = weightsLeft
    self.bytesBefore = bytesBefore
    self.bytesLeft = bytesLeft
    self.unitsLeft = unitsLeft
    self.learnedInputFeatures = learnedInputFeatures
    self.learnedLags = learnedLags
    self.hiddenStatesLeft = hiddenStatesLeft
    self.structureDigest = structureDigest
    self.forecasts = forecasts
    self.validation = validation
  }
}

/// Which lags of the signals a member has learned.
package struct LearnedLags: Codable, Equatable, Sendable {
  /// Names of the network's inputs: "level[t-2]".
  package var columns: [String]
  /// For each output, then each hidden state (row), whether each of these (column) reaches it in the pruned network.
  package var features: [[Bool]]
}

extension MemberRecord {
  /// The record of a member whose job returned `file`.
  package init(_ member: StudyPlan.Member, file: MemberFile) {
    self.init(
      variant: member.variant, member: member.index, seed: member.seed,
      outcome: .finished(TrainedMember(file)))
  }
}

extension TrainedMember {
  /// The part of a member's file that the statistics use.
  package init(_ file: MemberFile) {
    self.init(
      trainingLoss: file.trainingCurve.last ?? 0, trainingCurve: file.trainingCurve,
      weightsBefore: file.job.shape.layers.map(\.weightCount),
      weightsLeft: file.network.layers.map(\.weights.count),
      bytesBefore: file.job.shape.denseBytes, bytesLeft: file.network.storedBytes,
      unitsLeft: file.network.hiddenUnits,
      learnedInputFeatures: file.regressor.bySignal(file.network.learnedInputFeatures),
      learnedLags: file.job.regressor.map { _ in
        LearnedLags(
          columns: file.columnNames,
          features: Array(file.network.learnedInputFeatures.prefix(file.stateNames.count)))
      },
      hiddenStatesLeft: file.job.hiddenStates.map { _ in
        file.regressor.neededHiddenStates(file.network.learnedInputFeatures).count
      },
      structureDigest: SHA256Digest.of(file.network.structureDescription).description,
      forecasts: Self.records(file.forecasts), validation: Self.records(file.validation))
  }

  private static func records(_ errors: [[ForecastError]]) -> [ForecastRecord] {
    errors.enumerated().flatMap { trajectory, errors in
      errors.map {
        ForecastRecord(
          trajectory: trajectory, window: $0.window, meanSquared: $0.meanSquare,
          meanAbsolute: $0.meanAbsolute, blewUp: $0.blewUp)
      }
    }
  }
}
