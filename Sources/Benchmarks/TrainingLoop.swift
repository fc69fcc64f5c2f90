import Foundation
import SparseNetworks

/// What another process does for a measurement: trains as long as it is told to.
package struct TrainingLoop {
  private let trainer: Trainer

  /// The training of the main network on random samples.
  package init(kernels: Kernels) throws {
    let network = try BenchmarkNetwork.main()
    trainer = Trainer(
      startingFrom: network.parameters(zeros: 0), settings: TrainingBenchmark.lundby,
      samples: network.samples(TrainingBenchmark.sampleCount), kernels: kernels)
  }

  /// For each line of standard input, a number of seconds, trains so long and writes a line "STEPS SECONDS"; first a
  /// line "ready". Returns when the input ends.
  package func serve() throws {
    try answer("ready")
    while let line = readLine() {
      guard let seconds = Double(line), seconds >= 0 else {
        throw BenchmarkError("'\(line)' is no number of seconds")
      }
      let (steps, taken) = try train(seconds: seconds)
      try answer("\(steps) \(taken)")
    }
  }

  private func train(seconds: Double) throws -> (steps: Int, seconds: Double) {
    let clock = Measurement.monotonicClock()
    let first = trainer.step
    repeat { try trainer.train(steps: 64) } while clock() < seconds
    return (trainer.step - first, clock())
  }

  private func answer(_ line: String) throws {
    try FileHandle.standardOutput.write(contentsOf: Array((line + "\n").utf8))
  }
}
