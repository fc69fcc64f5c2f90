/// The results of `potline bench`; nil for sections that were not measured.
package struct BenchmarkReport: Codable, Sendable, Equatable {
  package var machine: MachineRow
  /// The peak of one core.
  package var peak: PeakRow?
  /// Training steps.
  package var training: [TrainingRow]?
  /// Training steps on simulations.
  package var simulation: [SimulationRow]?
  /// Iterations of the second-order finish.
  package var finish: [FinishRow]?
  /// Training steps that skip zeros.
  package var sparse: [SparseTrainingRow]?
  /// Forward passes.
  package var forward: [ForwardRow]?
  /// Rolling forecasts.
  package var forecasts: [ForecastRow]?
  /// Memory of a process that trains.
  package var memory: MemoryRow?
  /// Two processes against one.
  package var processes: ProcessRow?
}

/// The parts of a benchmark.
package enum BenchmarkSection: String, CaseIterable, Sendable {
  case peak, training, simulation, finish, sparse, forward, forecasts, memory, processes
}

/// Median and minimum in microseconds.
package struct Microseconds: Codable, Sendable, Equatable {
  package let median: Double
  package let minimum: Double

  package init(_ timing: Timing) { (median, minimum) = (timing.median * 1e6, timing.minimum * 1e6) }
}

/// Median and minimum in seconds.
package struct Seconds: Codable, Sendable, Equatable {
  package let median: Double
  package let minimum: Double

  package init(_ timing: Timing) { (median, minimum) = (timing.median, timing.minimum) }
}

/// The machine and the kernels in use.
package struct MachineRow: Codable, Sendable, Equatable {
  package let version: String
  package let processor: String
  package let cores: Int
  package let kernels: String
  package let instructionSet: String
}

/// GFLOP/s of one core, a multiply-add counted as two operations.
package struct PeakRow: Codable, Sendable, Equatable {
  package let gigaflops: Double
  package let best: Double
}

/// Whole training steps of one network.
package struct TrainingRow: Codable, Sendable, Equatable {
  package let network: String
  package let zeros: Double
  package let batchSize: Int
  package let samples: Int
  /// Floating-point operations of a step.
  package let operations: Int
  package let microseconds: Microseconds
  package let stepsPerSecond: Double
  /// Of the peak, measured in blocks next to those of the step.
  package let shareOfPeak: Double
  /// Of the best peak, at the best step time: what a machine that others use, too, can do when left alone.
  package let bestShareOfPeak: Double
  package let parts: StepPartMicroseconds
}

/// Whole training steps of one network on simulations of some windows.
package struct SimulationRow: Codable, Sendable, Equatable {
  package let network: String
  /// Values of each signal in the network's input.
  package let lags: Int
  /// Steps of a window.
  package let horizon: Int
  package let windows: Int
  package let microseconds: Microseconds
  /// Of one step of one window.
  package let microsecondsPerSample: Double
  /// Of the peak, measured in blocks next to those of the step.
  package let shareOfPeak: Double
}

/// Iterations of Levenberg-Marquardt.
package struct FinishRow: Codable, Sendable, Equatable {
  /// What its errors are of.
  package let errors: String
  /// Weights, biases and initial states that are free.
  package let parameters: Int
  /// Median and minimum.
  package let milliseconds: Double
  package let best: Double
  /// Of the peak of double-precision multiply-adds, half of that of float32.
  package let shareOfPeak: Double
}

/// Where a step's time goes (µs).
package struct StepPartMicroseconds: Codable, Sendable, Equatable {
  /// The step's share of an epoch's shuffle.
  package let shuffle: Double
  /// Samples into lanes, forward, loss and backward, on a batch that is in the cache.
  package let gradient: Double
  package let update: Double
  /// The rest of the whole step: the cost of samples that aren't in the cache.
  package let gatherAndRest: Double
}

/// Whole training steps of one network of which a share of the weights is zero.
package struct SparseTrainingRow: Codable, Sendable, Equatable {
  package let network: String
  package let zeros: Double
  /// "fixed mask": gradients of the other weights alone; "skip zeros": of all weights.
  package let method: String
  package let microseconds: Microseconds
  /// Time against the dense step's, in neighbouring blocks.
  package let ratioToDense: Double
}

/// The forward pass of one network.
package struct ForwardRow: Codable, Sendable, Equatable {
  package let network: String
  package let zeros: Double
  package let batchSize: Int
  package let weightsLeft: Int
  package let microseconds: Microseconds
  /// Time against the dense network's, in neighbouring blocks.
  package let ratioToDense: Double
}

/// Rolling forecasts with one member.
package struct ForecastRow: Codable, Sendable, Equatable {
  package let network: String
  package let zeros: Double
  package let weightsLeft: Int
  package let trajectories: Int
  /// Over all trajectories, up to the first state that is not finite.
  package let steps: Int
  package let seconds: Seconds
  package let stepsPerSecond: Double
}

/// Memory of a process that trains one member.
package struct MemoryRow: Codable, Sendable, Equatable {
  package let trajectories: Int
  package let rows: Int
  /// The dataset's file, which the processes of a host share.
  package let datasetBytes: Int
  /// Peak resident set.
  package let peakResidentBytes: Int
  /// Of its own, not shared, at the end of the training.
  package let anonymousBytes: Int
}

/// Training in one process and in two at the same time.
package struct ProcessRow: Codable, Sendable, Equatable {
  package let network: String
  /// Median steps per second of one process alone.
  package let oneStepsPerSecond: Double
  /// Median steps per second of two processes together.
  package let twoStepsPerSecond: Double
  /// Median of the ratio in neighbouring blocks.
  package let ratio: Double
}
