import Digests
import TrajectoryData

extension MemberRecord {
  /// The record of a member whose job returned `file`.
  package init(_ member: StudyPlan.Member, file: MemberFile) {
    self.init(
      variant: member.variant, member: member.index, seed: member.seed,
      outcome: .finished(TrainedMember(file)))
  }
}

extension TrainedMember {
  /// What the statistics need of a member's file.
  package init(_ file: MemberFile) {
    self.init(
      trainingLoss: file.trainingCurve.last ?? 0, trainingCurve: file.trainingCurve,
      weightsBefore: file.job.shape.layers.map(\.weightCount),
      weightsLeft: file.network.layers.map(\.weights.count),
      bytesBefore: file.job.shape.denseBytes, bytesLeft: file.network.storedBytes,
      unitsLeft: file.network.hiddenUnits,
      learnedInputFeatures: file.regressor.bySignal(file.network.learnedInputFeatures),
      learnedLags: file.job.regressor.map { _ in
        LearnedLags(columns: file.columnNames, features: file.network.learnedInputFeatures)
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
