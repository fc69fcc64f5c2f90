import Digests
import DynamicalSystems
import EnsembleStudies
import Files
import Foundation
import Safetensors
import SparseNetworks
import TrajectoryData

/// Memory of a process that trains one member as a worker does, from a dataset's file.
package enum MemoryBenchmark {
  private static let trajectories = 40
  private static let rows = 5000

  static func run(command: [String]) throws -> MemoryRow {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "potline-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("dataset.safetensors").path
    let data = try Simulation(seed: 1, rowCount: rows).trajectories(training: trajectories, test: 0)
    let bytes = try DatasetFile.encoded(data)
    try AtomicFile.write(bytes, to: path)
    let answer = try BenchmarkProcess(command + [path]).receive()
    let numbers = answer.split(separator: " ").compactMap { Int($0) }
    guard numbers.count == 2 else { throw BenchmarkError("expected two numbers of bytes, got '\(answer)'") }
    return MemoryRow(
      trajectories: trajectories, rows: rows, datasetBytes: bytes.count, peakResidentBytes: numbers[0],
      anonymousBytes: numbers[1])
  }

  /// Trains one epoch on a dataset's file; returns the line "PEAK-RESIDENT-BYTES ANONYMOUS-BYTES" of this process.
  package static func train(dataset path: String, kernels: Kernels) throws -> String {
    let job = TrainingJob(
      dataset: .of([]), trainingTrajectories: trajectories, shape: try BenchmarkNetwork.main().shape,
      settings: TrainingSettings(
        epochs: 1, batchSize: TrainingBenchmark.batchSize, learningRate: .constant(1e-3)), seed: 1,
      pruneThreshold: 0, windows: ForecastWindow.standard)
    var anonymous = 0
    _ = try MemberTraining(job, dataset: try DatasetFile(path), kernels: kernels).run {
      step, totalSteps, _, _ in
      if step == totalSteps { anonymous = try ProcessMemory.kilobytes("RssAnon") * 1024 }
      return .proceed
    }
    // Not getrusage: its peak starts with that of the process that started this one.
    return "\(try ProcessMemory.kilobytes("VmHWM") * 1024) \(anonymous)"
  }
}

/// The system's account of a process's memory.
enum ProcessMemory {
  /// A line of `/proc/PID/status`; of this process unless another is named.
  static func kilobytes(_ key: String, of pid: Int32? = nil) throws -> Int {
    let path = "/proc/\(pid.map { "\($0)" } ?? "self")/status"
    let status = try String(contentsOfFile: path, encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix(key + ":") }
    guard
      let number = line?.split(whereSeparator: { " \t".contains($0) }).dropFirst().first.flatMap({ Int($0) })
    else {
      throw BenchmarkError("this system doesn't tell a process's \(key)")
    }
    return number
  }
}
