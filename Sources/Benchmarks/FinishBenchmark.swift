import ReproducibleMath
import SparseNetworks

/// An iteration of Levenberg-Marquardt: the normal equations, their solution, and the simulation of the step.
struct FinishCase {
  /// Its name in `bench-process finish`.
  let key: String
  let name: String
  let training: SecondOrderTraining
  /// Floating-point operations of an iteration.
  let operations: Int

  /// One record of 1,024 rows with a network of two hidden states, dense and sparse; 200 windows of 100 rows with 3 + 3
  /// lags, dense and sparse; 20,000 single steps of the aluminium cell's signals.
  static func all(_ kernels: Kernels) throws -> [FinishCase] {
    let record = Recurrence(
      outputLags: [1], hiddenStates: 2, inputLags: [6], carry: [1, 0.95, 0.95], offset: [0, 0, 0],
      gain: [0.1, 0.1, 0.1], outputWeights: [1])
    let windows = Recurrence(
      outputLags: [3], hiddenStates: 0, inputLags: [3], carry: [1], offset: [0], gain: [0.1],
      outputWeights: [1])
    return [
      try simulation("record of 1,024 rows", record, lengths: [1024], free: 160, kernels),
      try simulation("record of 1,024 rows", record, lengths: [1024], free: 40, kernels),
      try simulation(
        "200 windows of 100 rows", windows, lengths: .init(repeating: 103, count: 200), free: 87, kernels),
      try simulation(
        "200 windows of 100 rows", windows, lengths: .init(repeating: 103, count: 200), free: 32, kernels),
      try samples(kernels),
    ]
  }

  private static func simulation(
    _ name: String, _ recurrence: Recurrence, lengths: [Int], free: Int, _ kernels: Kernels
  ) throws -> FinishCase {
    let shape = try NetworkShape(
      inputs: recurrence.inputWidth, hidden: [10], outputs: recurrence.states, inputSkip: true,
      activation: .tanh)
    var stream = RandomStream(seed: 3, purpose: .sampling)
    let runs = RecordedRuns(
      outputs: 1, inputs: 1, history: recurrence.longestLag - 1, lengths: lengths
    ) { rows, stride in
      var (y, u) = (Float(0), Float(0))
      for row in 0..<lengths.reduce(0, +) {
        (y, u) = (0.95 * y + 0.3 * Float(stream.normal()), 0.9 * u + 0.4 * Float(stream.normal()))
        (rows[row * stride], rows[row * stride + 1]) = (y, u)
      }
    }
    let network = BenchmarkNetwork(shape: shape).parameters(free: free)
    let training = try SecondOrderTraining(
      network,
      settings: settings(
        SimulationLoss(
          horizon: nil, washout: 0, growth: 0, clipping: 1, trainsInitialStates: false)),
      data: .runs(runs, recurrence), kernels: kernels)
    let (parameters, errors) = training.size
    let ofStep =
      recurrence.states * (4 * network.nonzeroWeightCount + 2 * (recurrence.feedbackWidth + 1) * parameters)
    return FinishCase(
      key: "\(lengths.count == 1 ? "record" : "windows")-\(free)", name: name, training: training,
      operations: operations(parameters, errors, ofError: ofStep))
  }

  private static func samples(_ kernels: Kernels) throws -> FinishCase {
    let network = try BenchmarkNetwork.main()
    let parameters = network.parameters(free: 120)
    let training = try SecondOrderTraining(
      parameters, settings: settings(nil), data: .samples(network.samples(20_000)), kernels: kernels)
    let (count, errors) = training.size
    return FinishCase(
      key: "cell", name: "20,000 steps of the cell", training: training,
      operations: operations(count, errors, ofError: 4 * parameters.nonzeroWeightCount))
  }

  /// J'J in its upper triangle, what comes before it for each error, and Cholesky's factor.
  private static func operations(_ parameters: Int, _ errors: Int, ofError: Int) -> Int {
    errors * (parameters * (parameters + 1) + ofError) + parameters * parameters * parameters / 3
  }

  private static func settings(_ simulation: SimulationLoss?) -> TrainingSettings {
    TrainingSettings(
      epochs: 1, batchSize: 20_000, learningRate: .constant(1), simulation: simulation,
      secondOrder: SecondOrderSettings(method: .levenbergMarquardt, ridge: 1e-6, tolerance: 0))
  }
}

extension TrainingLoop {
  /// Iterations of a case of the finish's benchmark. Throws ``BenchmarkError`` for an unknown key.
  package init(finish key: String, kernels: Kernels) throws {
    let cases = try FinishCase.all(kernels)
    guard let one = cases.first(where: { $0.key == key }) else {
      throw BenchmarkError("expected \(cases.map(\.key).joined(separator: ", "))")
    }
    self.init(stride: 1) { for _ in 0..<$0 { one.training.rehearse() } }
  }
}

enum FinishBenchmark {
  static func run(plan: MeasurementPlan, kernels: Kernels) throws -> [FinishRow] {
    let cases = try FinishCase.all(kernels)
    let subjects = cases.map { one in
      Subject { for _ in 0..<$0 { one.training.rehearse() } }
    }
    let times = Measurement(plan: plan).times(of: subjects, reference: PeakBenchmark.subject(kernels))
    return cases.enumerated().map { index, one in
      // Half the float32 lanes hold doubles.
      let repetitions = 2 * Double(one.operations) / Double(Kernels.operationsPerRepetition)
      return FinishRow(
        errors: one.name, parameters: one.training.size.parameters,
        milliseconds: times.seconds(index).median * 1e3, best: times.seconds(index).minimum * 1e3,
        shareOfPeak: repetitions / times.ratioToReference(index))
    }
  }
}
