import EnsembleAnalysis
import EnsembleStudies
import SparseNetworks
import TrajectoryData

/// All figures of a study.
struct StudyFigures {
  private let analysis: StudyAnalysis
  private let spans: [WorkerSpan]

  init(_ analysis: StudyAnalysis, spans: [WorkerSpan]) { (self.analysis, self.spans) = (analysis, spans) }

  /// In the order of the page. Throws if a member's file can't be read again.
  var all: [Figure] {
    get throws {
      let charts = [
        FrontierFigure.figure(analysis), ErrorFigure.figure(analysis), BlowUpFigure.figure(analysis),
        SizeFigure.figure(analysis), CurveFigure.figure(analysis), ConsensusFigure.figure(analysis),
        CalibrationFigure.figure(analysis), TimelineFigure.figure(spans),
      ].compactMap { $0 }
      // Of many variants those on which claims are tested, and their kind.
      let mapped = analysis.variants.filter { variant in
        !variant.members.isEmpty
          && (analysis.variants.count <= 6 || variant.trainingTrajectories == analysis.referenceSize)
      }
      let maps =
        analysis.folder.penaltyPaths.compactMap(PenaltyPathFigure.figure)
        + mapped.map { FeatureFigure.figure($0, analysis) }
      return try charts + maps
        + analysis.featured().flatMap { variant in
          try [network(variant), forecast(variant)].compactMap { $0 }
        }
    }
  }

  /// The network of the member with the median error.
  private func network(_ variant: VariantAnalysis) throws -> Figure? {
    guard let place = variant.typicalMember,
      let member = try analysis.folder.member(variant.variant, variant.indices[place])
    else { return nil }
    let name = variant.variant.name
    return NetworkFigure.figure(
      name: "network-\(name)", title: "A network of \(name)",
      caption:
        "Member \(variant.indices[place]), whose median error is the median one of \(variant.members.count) members: "
        + "\(member.network.weightCount) weights, \(member.network.hiddenUnits.reduce(0, +)) hidden units in "
        + "\(member.network.hiddenUnits.count) layers. Inputs at the left, outputs at the right.",
      network: member.network, inputs: member.columnNames,
      outputs: member.outputNames)
  }

  /// The test trajectory whose ensemble error is the median one.
  private func forecast(_ variant: VariantAnalysis) throws -> Figure? {
    guard let typical = variant.typicalTrajectory(of: analysis) else { return nil }
    let trajectory = try analysis.data.dataset.trajectories(typical..<typical + 1, of: .test)[0]
    let members = try variant.indices.compactMap { index in
      try analysis.folder.member(variant.variant, index).map { ForecastMember(index: index, $0) }
    }
    guard let first = members.first else { return nil }
    let stride = TestData.stride(rows: trajectory.rowCount)
    let kernels = try Kernels.selected()
    let forecast = EnsembleForecast(
      members.map { $0.forecasts(of: [trajectory], stride: stride, kernels: kernels)[0] },
      deviations: Array(first.standardisation.stateDeviation))
    let gone = forecast.leftAt.count { $0 != nil }
    let name = variant.variant.name
    return ForecastFigure(
      signals: Signals(analysis), stride: stride, trajectory: trajectory, forecast: forecast, hasTruth: true
    ).figure(
      name: "forecast-\(name)", title: "Ensemble forecast by \(name)",
      caption:
        "Test trajectory \(typical), whose ensemble error is the median one. \(forecast.members) members from the first "
        + (first.lastGivenRow == 0 ? "state" : "\(first.lastGivenRow + 1) rows")
        + " and the inputs alone; "
        + (gone == 0 ? "none left the ensemble." : "\(gone) left the ensemble on the way."))
  }
}

extension VariantAnalysis {
  /// The index of the test trajectory whose ensemble error is the median one; nil without an ensemble.
  func typicalTrajectory(of analysis: StudyAnalysis) -> Int? {
    guard let errors = ensemble?.trajectoryErrors, !errors.isEmpty else { return nil }
    let ranked = errors.enumerated().sorted { ($0.element, $0.offset) < ($1.element, $1.offset) }
    return ensemble?.indices[ranked[(ranked.count - 1) / 2].offset]
  }
}
