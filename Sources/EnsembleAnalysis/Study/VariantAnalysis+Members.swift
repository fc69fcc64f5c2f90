import EnsembleStudies
import SparseNetworks
import StudyFiles
import TrajectoryData

/// How much is computed: enough for publication by default, less in tests.
package struct AnalysisSettings: Sendable {
  /// Replicates of each bootstrap.
  package var replicates = 1000
  /// Multiply-adds that the ensemble forecasts of all variants may take together; when the test set is larger,
  /// evenly spread test trajectories are forecast, at least 16 of each variant.
  package var forecastBudget = 1.5e11
  /// The defaults.
  package init() {}
}

extension VariantAnalysis {
  /// Reads the members of a variant one by one and analyses them.
  ///
  /// - Parameters:
  ///   - forecastTrajectories: how many test trajectories the ensemble is judged on.
  init(
    _ variant: Variant, in folder: StudyFolder, data: TestData, windows: [ForecastWindow],
    truth: SystemTruth?,
    forecastTrajectories: Int, settings: AnalysisSettings, kernels: Kernels
  ) throws {
    let (outputNames, inputNames) = (data.signals.stateNames, data.signals.inputNames)
    let regressor = try variant.regressor(outputs: outputNames, inputs: inputNames)
    let ofPresentRow = data
    let data = regressor.isPresentRow ? data : try TestData(data.dataset, regressor: regressor)
    var byColumn = Sensitivities(
      outputs: outputNames.count, inputs: regressor.columns.count, samples: data.pointCount)
    var samples: (scale: Standardisation, points: [Float], rates: [Float])?
    var residuals: [MemberResiduals] = []
    var indices: [Int] = []
    var members: [TrainedMember] = []
    var forecasting: [ForecastMember] = []
    var used: Int?
    for index in 0..<variant.members {
      guard let file = try folder.member(variant, index) else { continue }
      let scale = file.standardisation
      if samples?.scale != scale {
        samples = (scale, data.standardisedPoints(scale), data.standardisedRates(scale))
      }
      let targets = samples?.rates ?? []
      let (values, jacobians) = NetworkJacobian(file.network).evaluated(at: samples?.points ?? [])
      byColumn.add(
        values: values, jacobians: HiddenStateEffects.added(to: jacobians, regressor), targets: targets)
      // With hidden states there is no prediction from one row's measured values.
      if regressor.hiddenStates == 0 {
        residuals.append(
          MemberResiduals(
            values: values, jacobians: jacobians, targets: targets, standardisation: scale,
            regressor: regressor, samplingTime: data.signals.samplingTime))
      }
      indices.append(index)
      members.append(TrainedMember(file))
      forecasting.append(ForecastMember(index: index, file))
      used = file.job.trainingTrajectories
    }
    let count = data.signals.count(.test)
    let chosen = data.evenly(forecastTrajectories)
    let bootstrap =
      members.isEmpty
      ? nil
      : TwoWayBootstrap(members: members.count, trajectories: max(1, count), replicates: settings.replicates)
    self.variant = variant
    self.indices = indices
    self.members = members
    failed = variant.members - members.count
    complexity = Complexity(members, replicates: settings.replicates)
    self.windows = windows.map { window in
      WindowAnalysis(ForecastErrorMatrix(members, window: window), window: window, bootstrap: bootstrap)
    }
    let horizon = self.windows[windows.count - 1].errors
    stability = Stability(members, horizon: horizon, replicates: settings.replicates)
    structures = Self.frequencies(members.map(\.structureDigest))
    let standardisation = samples?.scale
    let sensitivities = byColumn.grouped(regressor.columnsOfRecordedSignal)
    let lags =
      regressor.isPresentRow
      ? nil
      : LagFeatures(
        regressor, names: regressor.columnNames(outputs: outputNames, inputs: inputNames),
        signals: regressor.signalNames(outputs: outputNames, inputs: inputNames),
        reached: members.compactMap(\.learnedLags?.features), byColumn, truth: truth)
    features = FeatureAnalysis(
      members, sensitivities, lags: lags, truth: truth,
      trueSensitivities: standardisation.flatMap { standardisation in
        truth?.sampledSensitivities(
          at: ofPresentRow.points, standardisation: standardisation, samplingTime: data.signals.samplingTime)
      }, replicates: settings.replicates)
    noise = NoiseEstimate(residuals, truth: folder.study.dataset.measurementNoise)
    let judged =
      members.isEmpty || chosen.isEmpty
      ? nil
      : try EnsembleAccuracy.judge(forecasting, on: chosen, of: data, windows: windows, kernels: kernels)
    ensemble = judged?.accuracy
    model = judged?.errors.model(variant: variant.name)
    trainingTrajectories = used ?? variant.trainingTrajectories ?? data.signals.count(.training)
    let ranked = stability.memberMedians.enumerated()
      .map { (place: $0.offset, error: $0.element ?? .infinity) }
      .sorted { ($0.error, $0.place) < ($1.error, $1.place) }
    typicalMember = ranked.isEmpty ? nil : ranked[(ranked.count - 1) / 2].place
  }

  private static func frequencies(_ digests: [String]) -> [(digest: String, frequency: Proportion)] {
    Dictionary(grouping: digests) { $0 }.map { ($0.key, $0.value.count) }
      .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
      .map { ($0.0, Proportion($0.1, of: digests.count)) }
  }
}
