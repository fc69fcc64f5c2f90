import SparseNetworks

/// Training steps that skip weights which are zero, against the dense step of the same network.
enum SparseTrainingBenchmark {
  static func run(plan: MeasurementPlan, kernels: Kernels) throws -> [SparseTrainingRow] {
    let networks = try BenchmarkNetwork.all()
    var plan = plan
    plan.total /= Double(networks.count)
    return networks.flatMap { rows($0, plan: plan, kernels: kernels) }
  }

  private static func rows(_ network: BenchmarkNetwork, plan: MeasurementPlan, kernels: Kernels)
    -> [SparseTrainingRow]
  {
    let samples = network.samples(TrainingBenchmark.sampleCount)
    let cases = [TrainingBenchmark.Method.fixedMask, .skipZeros].flatMap { method in
      ForwardBenchmark.shares.map { TrainingBenchmark.Case(network: network, zeros: $0, method: method) }
    }
    let times = Measurement(plan: plan).times(
      of: cases.map { TrainingBenchmark.subject($0, samples, kernels) },
      reference: TrainingBenchmark.subject(TrainingBenchmark.Case(network: network), samples, kernels))
    return cases.enumerated().map { index, one in
      SparseTrainingRow(
        network: network.name, zeros: one.zeros, method: one.method.rawValue,
        microseconds: Microseconds(times.seconds(index)), ratioToDense: times.ratioToReference(index))
    }
  }
}
