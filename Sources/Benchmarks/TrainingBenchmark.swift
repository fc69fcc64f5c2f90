import SparseNetworks

/// Whole training steps in the real loop: order, gather, forward, backward, update.
enum TrainingBenchmark {
  /// 40 trajectories of 5,000 rows.
  static let sampleCount = 40 * 4999
  static let batchSize = 128

  /// One row of the table.
  struct Case {
    let network: BenchmarkNetwork
    /// Share of the weights that is zero from the start.
    var zeros = 0.0
    var settings = lundby
    var method = Method.dense
  }

  /// The weights that a step computes with.
  enum Method: String, Codable {
    /// All weights.
    case dense
    /// The weights that are not zero, which stay the same.
    case fixedMask = "fixed mask"
    /// The weights that are not zero forward and backward, but the gradients of all weights, where that is faster.
    case skipZeros = "skip zeros"
  }

  /// The published settings: Adam with the l1 subgradient. The training never ends.
  static let lundby = TrainingSettings(
    epochs: 1 << 20, batchSize: batchSize, learningRate: .constant(1e-3),
    penalty: Penalty(method: .subgradient, weight: 1e-4))

  /// Zeros are skipped under a proximal penalty; at a learning rate of 0 they stay.
  static let proximal = TrainingSettings(
    epochs: 1 << 20, batchSize: batchSize, learningRate: .constant(0),
    penalty: Penalty(method: .proximal, weight: 1e-4))

  static func cases() throws -> [Case] {
    try BenchmarkNetwork.all().map { Case(network: $0) }
  }

  static func run(plan: MeasurementPlan, kernels: Kernels) throws -> [TrainingRow] {
    var samplesByShape: [NetworkShape: TrainingSamples] = [:]
    let cases = try cases().map { one in
      let samples = samplesByShape[one.network.shape] ?? one.network.samples(sampleCount)
      samplesByShape[one.network.shape] = samples
      return (
        one, subject(one, samples, kernels),
        StepParts(
          parameters: one.network.parameters(zeros: one.zeros), settings: one.settings, samples: samples,
          kernels: kernels)
      )
    }
    let parts = cases.flatMap { one, whole, parts in
      [
        whole, Subject { for _ in 0..<$0 { parts.shuffle() } },
        Subject { for _ in 0..<$0 { parts.gradient() } },
        Subject { for _ in 0..<$0 { parts.update() } },
      ]
    }
    let times = Measurement(plan: plan).times(of: parts, reference: PeakBenchmark.subject(kernels))
    return cases.enumerated().map { index, one in row(one.0, times, first: 4 * index) }
  }

  /// A whole training, a unit being a step; a block is a whole epoch where that is short, so that it has its share of
  /// the shuffling.
  static func subject(_ one: Case, _ samples: TrainingSamples, _ kernels: Kernels) -> Subject {
    let trainer = Trainer(
      startingFrom: one.network.parameters(zeros: one.zeros), settings: one.settings, samples: samples,
      kernels: kernels, fixedMask: one.method == .fixedMask, skipsZeros: one.method == .skipZeros)
    return Subject(run: { _ = try? trainer.train(steps: $0) }, multiple: trainer.stepsPerEpoch)
  }

  private static func row(_ one: Case, _ times: BlockTimes, first: Int) -> TrainingRow {
    let operations = one.network.shape.trainingOperations(batch: batchSize)
    let repetitions = Double(operations) / Double(Kernels.operationsPerRepetition)
    let step = times.seconds(first)
    let stepsPerEpoch = Double((sampleCount + batchSize - 1) / batchSize)
    let shuffle = times.seconds(first + 1).median / stepsPerEpoch
    let (gradient, update) = (times.seconds(first + 2).median, times.seconds(first + 3).median)
    return TrainingRow(
      network: one.network.name, zeros: one.zeros, batchSize: batchSize, samples: sampleCount,
      operations: operations,
      microseconds: Microseconds(step), stepsPerSecond: 1 / step.median,
      shareOfPeak: repetitions / times.ratioToReference(first),
      bestShareOfPeak: repetitions * times.referenceSeconds.minimum / step.minimum,
      parts: StepPartMicroseconds(
        shuffle: shuffle * 1e6, gradient: gradient * 1e6, update: update * 1e6,
        gatherAndRest: (step.median - shuffle - gradient - update) * 1e6))
  }
}

/// Training steps that skip weights which are zero, against the dense step of the same network.
enum SparseTrainingBenchmark {
  static func run(plan: MeasurementPlan, kernels: Kernels) throws -> [SparseTrainingRow] {
    let networks = try BenchmarkNetwork.all()
    var plan = plan
    plan.total /= Double(2 * networks.count)
    return networks.flatMap { network in
      let samples = network.samples(TrainingBenchmark.sampleCount)
      return rows(network, samples, .fixedMask, TrainingBenchmark.lundby, plan, kernels)
        + rows(network, samples, .skipZeros, TrainingBenchmark.proximal, plan, kernels)
    }
  }

  /// The reference has the same settings.
  private static func rows(
    _ network: BenchmarkNetwork, _ samples: TrainingSamples, _ method: TrainingBenchmark.Method,
    _ settings: TrainingSettings, _ plan: MeasurementPlan, _ kernels: Kernels
  ) -> [SparseTrainingRow] {
    let cases = ForwardBenchmark.shares.map {
      TrainingBenchmark.Case(network: network, zeros: $0, settings: settings, method: method)
    }
    let dense = TrainingBenchmark.Case(network: network, settings: settings)
    let times = Measurement(plan: plan).times(
      of: cases.map { TrainingBenchmark.subject($0, samples, kernels) },
      reference: TrainingBenchmark.subject(dense, samples, kernels))
    return cases.enumerated().map { index, one in
      SparseTrainingRow(
        network: network.name, zeros: one.zeros, method: one.method.rawValue,
        microseconds: Microseconds(times.seconds(index)), ratioToDense: times.ratioToReference(index))
    }
  }
}
