import EnsembleStudies
import TrajectoryData

/// Two windows for tests of the statistics.
let testWindows = [ForecastWindow(from: 0, to: 10), ForecastWindow(from: 10, to: 50)]

/// A finished member with 2 outputs and 3 inputs and the given errors (nil: blew up) in both windows.
func finishedMember(
  _ variant: String, _ member: Int, loss: Double = 0.5, left: [Int] = [4, 2], features: [[Bool]],
  structure: String = "s", errors: [[Double?]]
) -> MemberRecord {
  let forecasts = errors.enumerated().flatMap { trajectory, windows in
    zip(testWindows, windows).map { window, error in
      ForecastRecord(
        trajectory: trajectory, window: window, meanSquared: error.map { $0 * $0 } ?? .infinity,
        meanAbsolute: error ?? .infinity, blewUp: error == nil)
    }
  }
  return MemberRecord(
    variant: variant, member: member, seed: UInt64(100 + member),
    outcome: .finished(
      TrainedMember(
        trainingLoss: loss, trainingCurve: [1, loss], weightsBefore: [9, 6], weightsLeft: left,
        bytesBefore: 80,
        bytesLeft: 4 * left.reduce(0, +), unitsLeft: [left[1]], learnedInputFeatures: features,
        structureDigest: structure, forecasts: forecasts)))
}

/// A small ensemble: variant a with three finished members and a failed one, variant b with none.
let smallEnsemble: [MemberRecord] = [
  finishedMember(
    "a", 0, loss: 0.25, left: [4, 2], features: [[true, false, true], [false, true, false]], structure: "p",
    errors: [[0.1, 0.2], [0.3, nil]]),
  finishedMember(
    "a", 1, loss: 0.5, left: [5, 3], features: [[true, false, true], [false, false, false]], structure: "q",
    errors: [[0.2, 0.4], [0.4, 0.6]]),
  MemberRecord(
    variant: "a", member: 2, seed: 102,
    outcome: .failed(MemberFailure(reason: "the loss is \"nan\", not finite", epoch: 4, step: 1200))),
  finishedMember(
    "a", 3, loss: 0.75, left: [6, 1], features: [[true, true, true], [false, true, false]], structure: "p",
    errors: [[0.5, 0.8], [0.6, nil]]),
]

/// The statistics of the small ensemble, from its records in any order.
func smallStatistics(_ records: [MemberRecord] = smallEnsemble) throws -> EnsembleStatistics {
  try EnsembleStatistics(
    study: "small", variants: ["a", "b"], outputs: ["dx1", "dx2"], inputs: ["x1", "x2", "u1"],
    windows: testWindows,
    records: records)
}
