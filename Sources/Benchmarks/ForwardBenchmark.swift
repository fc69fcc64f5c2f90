import DynamicalSystems
import EnsembleStudies
import SparseNetworks
import TrajectoryData

/// The forward pass of pruned networks against the dense one, a batch of 128.
enum ForwardBenchmark {
  static let shares = [0.5, 0.8, 0.9, 0.95]

  static func run(plan: MeasurementPlan, kernels: Kernels) throws -> [ForwardRow] {
    let networks = try BenchmarkNetwork.all()
    var plan = plan
    plan.total /= Double(networks.count)
    return networks.flatMap { rows($0, plan: plan, kernels: kernels) }
  }

  private static func rows(_ network: BenchmarkNetwork, plan: MeasurementPlan, kernels: Kernels)
    -> [ForwardRow]
  {
    let batch = TrainingBenchmark.batchSize
    let dense = StepParts(
      parameters: network.parameters(zeros: 0), settings: TrainingBenchmark.lundby,
      samples: network.samples(batch),
      kernels: kernels)
    let pruned = shares.map { network.parameters(zeros: $0).pruned(threshold: 0) }
    let subjects = pruned.map { pruned in
      let evaluator = SparseEvaluator(pruned, capacity: batch, kernels: kernels)
      fill(evaluator, inputs: pruned.inputs)
      return Subject { for _ in 0..<$0 { evaluator.evaluate() } }
    }
    let times = Measurement(plan: plan).times(
      of: subjects, reference: Subject { for _ in 0..<$0 { dense.forward() } })
    let weights = network.shape.weightCount
    let first = ForwardRow(
      network: network.name, zeros: 0, batchSize: batch, weightsLeft: weights,
      microseconds: Microseconds(times.referenceSeconds), ratioToDense: 1)
    return [first]
      + shares.indices.map { index in
        ForwardRow(
          network: network.name, zeros: shares[index], batchSize: batch,
          weightsLeft: pruned[index].weightCount,
          microseconds: Microseconds(times.seconds(index)), ratioToDense: times.ratioToReference(index))
      }
  }

  private static func fill(_ evaluator: SparseEvaluator, inputs: Int) {
    for tile in 0..<evaluator.tiles {
      for feature in 0..<inputs {
        for lane in 0..<SparseEvaluator.lanes {
          evaluator.input(feature, tile: tile)[lane] = Float((7 * feature + 3 * lane + tile) % 11 - 5) / 4
        }
      }
    }
  }
}

/// Rolling forecasts of 100 trajectories with one member that was trained for a moment.
enum ForecastBenchmark {
  static let trajectoryCount = 100
  static let rowCount = 5001
  private static let zeros = 0.8

  static func run(plan: MeasurementPlan, kernels: Kernels) throws -> [ForecastRow] {
    let data = try Simulation(seed: 1, rowCount: rowCount).trajectories(
      training: 4, test: trajectoryCount)
    let standardisation = try Standardisation(of: data.training)
    let network = try BenchmarkNetwork.main()
    let samples = TrainingSamples(
      count: data.training.reduce(0) { $0 + $1.sampleCount }, inputs: network.shape.inputs,
      targets: network.shape.outputs
    ) { rows, rowStride in
      standardisation.fillSamples(
        standardisation.presentRow, of: data.training, into: rows, rowStride: rowStride)
    }
    let dense = try train(network, samples, Penalty.none, kernels)
    let sparse = try train(network, samples, Penalty(method: .proximal, weight: 1e-3), kernels)
    let networks = [
      dense.pruned(threshold: 0), sparse.pruned(threshold: threshold(sparse, zeros: zeros)),
    ]
    let forecasts = networks.map {
      MemberForecasts(
        network: $0, standardisation: standardisation, samplingTime: data.samplingTime,
        regressor: standardisation.presentRow, kernels: kernels)
    }
    let subjects = forecasts.map { member in
      Subject { for _ in 0..<$0 { _ = member.forecasts(of: data.test, alive: {}) } }
    }
    let times = Measurement(plan: plan).times(of: [subjects[1]], reference: subjects[0])
    return [(0, 0, times.referenceSeconds), (1, zeros, times.seconds(0))].map { index, zeros, seconds in
      let steps = finiteSteps(forecasts[index].forecasts(of: data.test, alive: {}), n: network.shape.outputs)
      return ForecastRow(
        network: network.name, zeros: zeros, weightsLeft: networks[index].weightCount,
        trajectories: trajectoryCount,
        steps: steps, seconds: Seconds(seconds), stepsPerSecond: Double(steps) / seconds.median)
    }
  }

  private static func train(
    _ network: BenchmarkNetwork, _ samples: TrainingSamples, _ penalty: Penalty, _ kernels: Kernels
  ) throws -> NetworkParameters {
    let settings = TrainingSettings(
      epochs: 30, batchSize: TrainingBenchmark.batchSize, learningRate: .cosine(from: 2e-3, to: 2e-5),
      penalty: penalty)
    let trainer = Trainer(
      shape: network.shape, settings: settings, seed: 1, samples: samples, kernels: kernels)
    try trainer.train(steps: trainer.totalSteps)
    return trainer.parameters
  }

  /// The magnitude below which the share `zeros` of the weights lies.
  private static func threshold(_ parameters: NetworkParameters, zeros: Double) -> Float {
    let magnitudes = parameters.layers.flatMap { $0.weights.map(\.magnitude) }.sorted()
    return magnitudes[min(magnitudes.count - 1, Int(zeros * Double(magnitudes.count)))]
  }

  /// A forecast stops at its first state that isn't finite.
  private static func finiteSteps(_ forecasts: [[Double]], n: Int) -> Int {
    forecasts.reduce(0) { $0 + $1.lazy.filter(\.isFinite).count / n - 1 }
  }
}
