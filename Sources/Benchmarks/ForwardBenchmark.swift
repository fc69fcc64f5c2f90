import SparseNetworks

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
