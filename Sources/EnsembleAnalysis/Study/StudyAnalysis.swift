import EnsembleStudies
import HostResources
import SparseNetworks
import StudyFiles
import Synchronization
import TrajectoryData

/// Everything that the report says of a study. The same folder gives the same analysis.
package struct StudyAnalysis: Sendable {
  /// Where it comes from.
  package let folder: StudyFolder
  /// The test data.
  package let data: TestData
  /// What is known of the system; nil if nothing is.
  package let truth: SystemTruth?
  /// The forecast windows; the last is the longest.
  package let windows: [ForecastWindow]
  /// The variants, in the order of the study.
  package let variants: [VariantAnalysis]
  /// Each penalised variant beside the dense one that it is compared with.
  package let comparisons: [VariantComparison]
  /// Each variant with debiasing beside the same one without.
  package let debiasing: [VariantComparison]
  /// Test trajectories that ensembles were judged on.
  package let forecastTrajectories: Int
  /// Replicates of each bootstrap.
  package let replicates: Int

  /// The study.
  package var study: Study { folder.study }
  /// Names of the outputs: "dx1".
  package var outputNames: [String] { data.signals.stateNames.map { "d\($0)" } }
  /// Names of the signals that networks see: states, then inputs.
  package var inputNames: [String] { data.signals.stateNames + data.signals.inputNames }

  /// Analyses a folder, on all processors that this process may use. Throws if a file is missing or damaged, or no member has a network.
  package init(_ folder: StudyFolder, settings: AnalysisSettings = AnalysisSettings()) throws {
    guard let first = try folder.anyMember() else {
      throw StudyFolderError(path: folder.path, problem: "no member of the study has a network")
    }
    self.folder = folder
    let data = try TestData(try folder.dataset(of: first))
    let truth = SystemTruth(folder.study.dataset)
    let windows = first.job.windows.sorted { ($0.to - $0.from, $0.from) < ($1.to - $1.from, $1.from) }
    // In the order of the study, the longest last.
    let ordered = first.job.windows.filter { $0 != windows[windows.count - 1] } + windows.suffix(1)
    let trajectories = Self.forecastTrajectories(folder.study, data, settings)
    let kernels = try Kernels.selected()
    let results = Mutex(
      [Result<VariantAnalysis, any Error>?](repeating: nil, count: folder.study.variants.count))
    HostResources.current.concurrently(folder.study.variants.count) { index in
      let result = Result {
        try VariantAnalysis(
          folder.study.variants[index], in: folder, data: data, windows: ordered, truth: truth,
          forecastTrajectories: trajectories, settings: settings, kernels: kernels)
      }
      results.withLock { $0[index] = result }
    }
    let variants = try results.withLock { try $0.compactMap { try $0?.get() } }
    (self.data, self.truth, self.windows, self.variants) = (data, truth, ordered, variants)
    (forecastTrajectories, replicates) = (trajectories, settings.replicates)
    comparisons = VariantComparison.all(variants, replicates: settings.replicates)
    debiasing = VariantComparison.debiasing(variants, replicates: settings.replicates)
  }

  /// As many test trajectories as the budget allows, in whole tiles of 16.
  static func forecastTrajectories(_ study: Study, _ data: TestData, _ settings: AnalysisSettings)
    -> Int
  {
    let rows = data.signals.rows[.test, default: []]
    guard !rows.isEmpty else { return 0 }
    let steps = Double(rows.reduce(0, +)) / Double(rows.count)
    let (outputs, inputs) = (data.signals.stateNames, data.signals.inputNames)
    let work = study.variants.reduce(0.0) { sum, variant in
      let regressor = try? variant.regressor(outputs: outputs, inputs: inputs)
      let shape = try? NetworkShape(
        inputs: regressor?.columns.count ?? 0, hidden: variant.hidden, outputs: outputs.count,
        inputSkip: variant.inputSkip)
      return sum + Double(variant.members * (shape?.weightCount ?? 0))
    }
    let possible = Int(settings.forecastBudget / max(1, work * steps))
    return possible >= rows.count ? rows.count : min(rows.count, max(16, possible / 16 * 16))
  }
}
