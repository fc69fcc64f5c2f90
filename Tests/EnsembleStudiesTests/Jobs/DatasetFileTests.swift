import Files
import Foundation
import Safetensors
import Testing
import TrajectoryData

@testable import EnsembleStudies

@Suite struct DatasetFileTests {
  @Test func trajectoriesComeBackToTheBit() throws {
    let set = try oscillatorSet()
    let dataset = try DatasetOnDisk(set)
    #expect(try dataset.file.trajectories(0..<3, of: .training) == set.training)
    #expect(try dataset.file.trajectories(1..<3, of: .test) == Array(set.test[1...]))
    #expect(dataset.file.signals.samplingTime == 0.1)
    #expect(dataset.file.signals.rows == [.training: [60, 40, 50], .test: [80, 30, 55]])
    #expect(dataset.file.signals.trainingSamples(2, .present(outputs: 2, inputs: 1)) == 98)
  }

  @Test func fileDoesNotTellWhereTheNumbersCameFrom() throws {
    let set = try oscillatorSet()
    func renamed(_ trajectories: [Trajectory]) throws -> [Trajectory] {
      try trajectories.map {
        try Trajectory(
          samplingTime: $0.samplingTime, stateNames: $0.stateNames, inputNames: $0.inputNames,
          states: $0.states,
          inputs: $0.inputs, source: "file.csv")
      }
    }
    let other = try TrajectorySet(training: renamed(set.training), test: renamed(set.test))
    #expect(try DatasetFile.encoded(other) == DatasetFile.encoded(set))
    let fewer = try TrajectorySet(training: set.training, test: Array(set.test[..<2]))
    #expect(try DatasetFile.encoded(fewer) != DatasetFile.encoded(set))
  }

  @Test func otherFilesAreRefused() throws {
    let folder = NSTemporaryDirectory() + "potline-other-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var archive = TensorArchive(metadata: ["format": "something"])
    try AtomicFile.write(archive.encoded(), to: folder + "/other")
    let error = #expect(throws: DatasetFileError.self) { try DatasetFile(folder + "/other") }
    let text = try #require(error).description
    #expect(text.hasPrefix("\(folder)/other: ") && text.contains("potline-dataset-1"))
    archive.metadata = [
      "format": "potline-dataset-1", "samplingTime": "1.0", "stateNames": "[\"x\"]", "inputNames": "[]",
    ]
    try archive.add("training.states", shape: [3, 1], values: [1.0, 2, 3])
    try archive.add("training.inputs", shape: [3, 0], values: [Double]())
    try archive.add("training.rows", shape: [1], values: [Int64(4)])
    try archive.add("test.rows", shape: [0], values: [Int64]())
    try AtomicFile.write(archive.encoded(), to: folder + "/rows")
    let rows = #expect(throws: DatasetFileError.self) { try DatasetFile(folder + "/rows") }
    #expect(rows?.problem.contains("training.states") == true && rows?.problem.contains("4") == true)
  }
}
