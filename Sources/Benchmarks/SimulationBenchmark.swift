import ReproducibleMath
import SparseNetworks

/// A step of a training on simulations: windows, forward and backward through time, Adam.
package struct SimulationCase: Sendable {
  /// Its name in `bench-process simulate`.
  package let key: String
  let network: BenchmarkNetwork
  let outputs: Int
  let inputs: Int
  /// Values of each signal in the network's input.
  let lags: Int
  let horizon: Int

  /// One output with 5 + 5 lags over 60 steps, and the aluminium cell's signals over 20.
  package static func all() throws -> [SimulationCase] {
    [
      SimulationCase(
        key: "lags", network: try BenchmarkNetwork([10, 15, 15, 1]), outputs: 1, inputs: 1, lags: 5,
        horizon: 60),
      SimulationCase(
        key: "states", network: try BenchmarkNetwork.main(), outputs: 8, inputs: 5, lags: 1, horizon: 20),
    ]
  }

  var recurrence: Recurrence {
    Recurrence(
      outputLags: Array(repeating: lags, count: outputs), hiddenStates: 0,
      inputLags: Array(repeating: lags, count: inputs), carry: Array(repeating: 1, count: outputs),
      offset: Array(repeating: 0, count: outputs), gain: Array(repeating: 0.05, count: outputs),
      outputWeights: Array(repeating: 1, count: outputs))
  }

  /// A training that never ends, on slow random signals.
  func trainer(windows: Int, kernels: Kernels) throws -> SimulationTrainer {
    let lengths = Array(repeating: 2000, count: 10)
    var stream = RandomStream(seed: 3, purpose: .sampling)
    let runs = RecordedRuns(outputs: outputs, inputs: inputs, history: lags - 1, lengths: lengths) {
      rows, stride in
      var values = Array(repeating: Float(0), count: outputs + inputs)
      for row in 0..<lengths.reduce(0, +) {
        for k in values.indices {
          values[k] = 0.95 * values[k] + 0.3 * Float(stream.normal())
          rows[row * stride + k] = values[k]
        }
      }
    }
    return try SimulationTrainer(
      initial: network.parameters(zeros: 0),
      settings: TrainingSettings(
        epochs: 1 << 30, batchSize: windows,
        simulation: SimulationLoss(
          horizon: horizon, washout: 0, growth: 0, clipping: 1, trainsInitialStates: false),
        penalty: TrainingBenchmark.lundby.penalty),
      recurrence: recurrence, runs: runs, seed: 1, hasFixedMask: false, kernels: kernels)
  }
}

enum SimulationBenchmark {
  static let windows = [128, 32]

  static func run(plan: MeasurementPlan, kernels: Kernels) throws -> [SimulationRow] {
    let cases = try SimulationCase.all().flatMap { one in windows.map { (one, $0) } }
    let subjects = try cases.map { one, windows in
      let trainer = try one.trainer(windows: windows, kernels: kernels)
      return Subject { _ = try? trainer.train(steps: $0) }
    }
    let times = Measurement(plan: plan).times(of: subjects, reference: PeakBenchmark.subject(kernels))
    return cases.enumerated().map { index, one in
      let (simulation, windows) = one
      let samples = windows * simulation.horizon
      let operations = simulation.network.shape.simulationOperations(
        of: simulation.recurrence, samples: samples)
      let repetitions = Double(operations) / Double(Kernels.operationsPerRepetition)
      return SimulationRow(
        network: simulation.network.name, lags: simulation.lags, horizon: simulation.horizon,
        windows: windows,
        microseconds: Microseconds(times.seconds(index)),
        microsecondsPerSample: times.seconds(index).median * 1e6 / Double(samples),
        shareOfPeak: repetitions / times.ratioToReference(index))
    }
  }
}

extension NetworkShape {
  /// Floating-point operations of forward, backward through time and weight gradient over `samples` steps of windows: as
  /// ``trainingOperations(batch:)``, and the gradient to the inputs that are fed back.
  package func simulationOperations(of recurrence: Recurrence, samples: Int) -> Int {
    let readers = layers.filter { $0.inputColumns > 0 }.reduce(0) { $0 + $1.outputs }
    return trainingOperations(batch: samples) + 2 * readers * recurrence.feedbackWidth * samples
  }
}

extension TrainingLoop {
  /// The training of a case of the simulation benchmark. Throws ``BenchmarkError`` for an unknown key.
  package init(simulation key: String, windows: Int, kernels: Kernels) throws {
    let cases = try SimulationCase.all()
    guard let one = cases.first(where: { $0.key == key }), windows >= 1 else {
      throw BenchmarkError("expected \(cases.map(\.key).joined(separator: " or ")) and a number of windows")
    }
    self.init(try one.trainer(windows: windows, kernels: kernels))
  }
}
