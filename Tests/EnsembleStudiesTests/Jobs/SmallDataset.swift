import Digests
import Foundation
import SparseNetworks
import TrajectoryData

@testable import EnsembleStudies

/// A damped oscillator with a force, sampled: two states, one input, trajectories of different lengths.
func oscillatorTrajectories(_ rows: [Int], shift: Double = 0) throws -> [Trajectory] {
  try rows.enumerated().map { index, count in
    var states: [Double] = []
    var inputs: [Double] = []
    var (x, v) = (1 + 0.1 * Double(index) + shift, 0.0)
    for row in 0..<count {
      let force = (row / 7) % 2 == 0 ? 0.5 : -0.3 + 0.01 * Double(row % 5)
      states += [x, v]
      inputs.append(force)
      (x, v) = (x + 0.1 * v, v + 0.1 * (force - x - 0.2 * v))
    }
    return try Trajectory(
      samplingTime: 0.1, stateNames: ["x", "v"], inputNames: ["force"], states: states, inputs: inputs)
  }
}

func oscillatorSet(validation: [Int] = []) throws -> TrajectorySet {
  try TrajectorySet(
    training: oscillatorTrajectories([60, 40, 50]), test: oscillatorTrajectories([80, 30, 55], shift: 0.5),
    validation: oscillatorTrajectories(validation, shift: 0.3))
}

/// A dataset's file in a folder that is removed with it.
final class DatasetOnDisk {
  let folder = NSTemporaryDirectory() + "potline-dataset-" + UUID().uuidString
  let digest: SHA256Digest
  let file: DatasetFile

  init(_ set: TrajectorySet) throws {
    let bytes = try DatasetFile.encoded(set)
    digest = .of(bytes)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: folder + "/dataset"))
    file = try DatasetFile(folder + "/dataset")
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }
}

func oscillatorJob(_ dataset: SHA256Digest, epochs: Int = 20, windows: [ForecastWindow]? = nil) throws
  -> TrainingJob
{
  TrainingJob(
    dataset: dataset, trainingTrajectories: 2,
    shape: try NetworkShape(inputs: 3, hidden: [8], outputs: 2, inputSkip: true),
    settings: TrainingSettings(
      epochs: epochs, batchSize: 16, learningRate: .constant(1e-2),
      penalty: Penalty(method: .proximal, weight: 1e-3)),
    seed: 3, pruneThreshold: 1e-3, windows: windows ?? [.init(from: 0, to: 10), .init(from: 10, to: 40)])
}
