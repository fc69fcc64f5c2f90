import SparseNetworks

/// The most multiply-adds of one core, with the instruction set of the kernels in use.
enum PeakBenchmark {
  /// A unit is a repetition of `Kernels.operationsPerRepetition`.
  static func subject(_ kernels: Kernels) -> Subject {
    Subject { kernels.multiplyAdds(repetitions: $0) }
  }

  static func run(plan: MeasurementPlan, kernels: Kernels) -> PeakRow {
    let times = Measurement(plan: plan).times(of: [subject(kernels)], reference: subject(kernels))
    let seconds = Timing(of: times.subjects[0] + times.reference[0])
    let billions = Double(Kernels.operationsPerRepetition) * 1e-9
    return PeakRow(gigaflops: billions / seconds.median, best: billions / seconds.minimum)
  }
}
