/// What is known of one member after its job has ended: the input of the ensemble statistics.
public struct MemberRecord: Codable, Equatable, Sendable {
  /// Name of the variant.
  public var variant: String
  /// Index of the member in its variant, from 0.
  public var member: Int
  /// Seed from which the member was initialised and trained.
  public var seed: UInt64
  /// How its job ended.
  public var outcome: Outcome

  /// How a member's job ended.
  public enum Outcome: Codable, Equatable, Sendable {
    /// The network was trained, pruned and judged.
    case finished(TrainedMember)
    /// There is no network.
    case failed(MemberFailure)
  }

  /// Makes a record.
  public init(variant: String, member: Int, seed: UInt64, outcome: Outcome) {
    self.variant = variant
    self.member = member
    self.seed = seed
    self.outcome = outcome
  }

  /// The trained member, or nil if the job failed.
  public var trained: TrainedMember? {
    guard case .finished(let trained) = outcome else { return nil }
    return trained
  }

  /// The failure, or nil if the job finished.
  public var failure: MemberFailure? {
    guard case .failed(let failure) = outcome else { return nil }
    return failure
  }
}

/// Why a member has no network.
public struct MemberFailure: Codable, Equatable, Sendable {
  /// The reason in words.
  public var reason: String
  /// Epoch, from 1, in which it happened, if that is known.
  public var epoch: Int?
  /// Optimiser step, from 1 over the whole run, in which it happened, if that is known.
  public var step: Int?

  /// Makes a failure.
  public init(reason: String, epoch: Int? = nil, step: Int? = nil) {
    self.reason = reason
    self.epoch = epoch
    self.step = step
  }
}

/// What training, pruning and forecasting gave for one member.
public struct TrainedMember: Codable, Equatable, Sendable {
  /// Mean squared error of the last epoch, without the penalty; finite, since a member without a finite loss has failed.
  public var trainingLoss: Double
  /// Mean squared error of each epoch; finite.
  public var trainingCurve: [Double]
  /// Weights in each layer before pruning, from the first layer to the output layer; biases are not counted.
  public var weightsBefore: [Int]
  /// Weights in each layer that pruning left.
  public var weightsLeft: [Int]
  /// Size of the network's parameters before pruning, in bytes.
  public var bytesBefore: Int
  /// Size of the pruned network, in bytes.
  public var bytesLeft: Int
  /// Units of each hidden layer that still lie on a path from an input to an output.
  public var unitsLeft: [Int]
  /// For each output (row), whether each input (column) reaches it in the pruned network.
  public var learnedInputFeatures: [[Bool]]
  /// Digest of which weights are left: members with equal digests have the same structure.
  public var structureDigest: String
  /// One entry for each test trajectory and window of the study.
  public var forecasts: [ForecastRecord]
  /// One entry for each validation trajectory and window of the study; settings are chosen by these.
  public var validation: [ForecastRecord]

  /// Makes the result of a member.
  public init(
    trainingLoss: Double, trainingCurve: [Double], weightsBefore: [Int], weightsLeft: [Int], bytesBefore: Int,
    bytesLeft: Int, unitsLeft: [Int], learnedInputFeatures: [[Bool]], structureDigest: String,
    forecasts: [ForecastRecord], validation: [ForecastRecord] = []
  ) {
    self.trainingLoss = trainingLoss
    self.trainingCurve = trainingCurve
    self.weightsBefore = weightsBefore
    self.weightsLeft = weightsLeft
    self.bytesBefore = bytesBefore
    self.bytesLeft = bytesLeft
    self.unitsLeft = unitsLeft
    self.learnedInputFeatures = learnedInputFeatures
    self.structureDigest = structureDigest
    self.forecasts = forecasts
    self.validation = validation
  }
}
