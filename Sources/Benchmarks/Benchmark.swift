import Foundation
import HostResources
import SparseNetworks

/// The measurements of `potline bench`.
package struct Benchmark {
  /// The kernels that are measured.
  package let kernels: Kernels
  /// The program's version, for the report.
  package let version: String
  /// Whether to measure for seconds only.
  package let isQuick: Bool
  /// Arguments with which this program serves ``TrainingLoop``.
  package let trainingCommand: [String]
  /// Arguments with which this program serves ``MemoryBenchmark``; the dataset's path follows.
  package let memoryCommand: [String]

  package init(
    kernels: Kernels, version: String, isQuick: Bool, trainingCommand: [String], memoryCommand: [String]
  ) {
    (self.kernels, self.version, self.isQuick) = (kernels, version, isQuick)
    (self.trainingCommand, self.memoryCommand) = (trainingCommand, memoryCommand)
  }

  /// Measures the sections, one after the other; calls `note` before each.
  package func run(
    _ sections: [BenchmarkSection], note: (BenchmarkSection) -> Void
  ) throws -> BenchmarkReport {
    var report = BenchmarkReport(machine: machine)
    for section in BenchmarkSection.allCases where sections.contains(section) {
      note(section)
      let plan = MeasurementPlan(total: isQuick ? section.quickSeconds : section.seconds)
      switch section {
      case .peak: report.peak = PeakBenchmark.run(plan: plan, kernels: kernels)
      case .training: report.training = try TrainingBenchmark.run(plan: plan, kernels: kernels)
      case .simulation: report.simulation = try SimulationBenchmark.run(plan: plan, kernels: kernels)
      case .finish: report.finish = try FinishBenchmark.run(plan: plan, kernels: kernels)
      case .sparse: report.sparse = try SparseTrainingBenchmark.run(plan: plan, kernels: kernels)
      case .forward: report.forward = try ForwardBenchmark.run(plan: plan, kernels: kernels)
      case .forecasts: report.forecasts = try ForecastBenchmark.run(plan: plan, kernels: kernels)
      case .memory: report.memory = try MemoryBenchmark.run(command: memoryCommand)
      case .processes: report.processes = try ProcessBenchmark.run(plan: plan, command: trainingCommand)
      }
    }
    return report
  }

  private var machine: MachineRow {
    MachineRow(
      version: version, processor: Self.processorName(), cores: HostResources.current.processors,
      kernels: kernels.name, instructionSet: kernels.description)
  }

  static func processorName() -> String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line?.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) }
      ?? "unknown"
  }
}

extension BenchmarkSection {
  /// Seconds of measuring, without what comes before it.
  fileprivate var seconds: Double {
    switch self {
    case .peak: 2
    case .training: 30
    case .simulation: 20
    case .finish: 10
    case .sparse: 40
    case .forward: 10
    case .forecasts: 10
    case .memory: 0
    case .processes: 15
    }
  }

  fileprivate var quickSeconds: Double { seconds / 10 }
}

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
