import EnsembleStudies
import SparseNetworks
import TrajectoryData

/// A member as forecasts need it.
package struct ForecastMember: Sendable {
  /// Its index in the variant.
  package let index: Int
  /// Its network.
  package let network: PrunedNetwork
  /// How its inputs and outputs are standardised.
  package let standardisation: Standardisation
  /// Sampling time (s).
  package let samplingTime: Double
  /// Lags, hidden states and dead times of the network's inputs.
  package let regressor: Regressor
  /// How hidden states start; nil without any.
  package let hiddenStates: HiddenStates?

  /// A member's part.
  package init(index: Int, _ file: MemberFile) {
    self.index = index
    (network, standardisation, samplingTime) = (file.network, file.standardisation, file.samplingTime)
    regressor = file.regressor
    hiddenStates = file.job.hiddenStates
  }

  /// Forecasts of trajectories, every `stride`-th row from row `first` on, row-major [rows x states] each.
  package func forecasts(of trajectories: [Trajectory], stride: Int, from first: Int = 0, kernels: Kernels)
    -> [[Double]]
  {
    forecasts(of: trajectories, kernels: kernels).map {
      Self.thinned($0, states: standardisation.stateCount, stride: stride, from: first)
    }
  }

  /// Forecasts of trajectories, all rows.
  func forecasts(of trajectories: [Trajectory], kernels: Kernels) -> [[Double]] {
    memberForecasts(kernels).forecasts(of: trajectories) {}
  }

  /// The last row that a forecast is given.
  package var lastGivenRow: Int { MemberForecasts.lastGivenRow(regressor, hiddenStates) }

  private func memberForecasts(_ kernels: Kernels) -> MemberForecasts {
    MemberForecasts(
      network: network, standardisation: standardisation, samplingTime: samplingTime, regressor: regressor,
      hiddenStates: hiddenStates, kernels: kernels)
  }

  /// Every `stride`-th row from row `first` on.
  package static func thinned(_ values: [Double], states: Int, stride: Int, from first: Int = 0) -> [Double] {
    if stride == 1 && first == 0 { return values }
    return Swift.stride(from: first, to: values.count / states, by: stride).flatMap { row in
      values[row * states..<(row + 1) * states]
    }
  }
}

extension EnsembleAccuracy {
  /// Values of all members' forecasts in memory, at most.
  private static var valuesAtOnce: Int { 8_000_000 }

  /// Judges an ensemble on some of the test trajectories: its bands on some rows, and its errors in the windows on all.
  /// Memory: up to 16 trajectories, and their forecasts by all members.
  ///
  /// - Parameters:
  ///   - members: the members, at least one, all with the same standardisation, regressor and hidden states. Trajectories that are
  ///     too short for them are left out.
  ///   - chosen: indices of test trajectories.
  ///   - data: the test set.
  ///   - windows: of the errors.
  ///   - kernels: with which the networks are evaluated.
  package static func judge(
    _ members: [ForecastMember], on chosen: [Int], of data: TestData, windows: [ForecastWindow],
    kernels: Kernels
  ) throws -> (accuracy: EnsembleAccuracy, errors: EnsembleModelErrors) {
    var accuracy = EnsembleAccuracy(members: members.count)
    var errors = EnsembleModelErrors(
      members: members.count, outputs: data.signals.stateNames, windows: windows)
    guard let first = members.first else { return (accuracy, errors) }
    let deviations = Array(first.standardisation.stateDeviation)
    let given = first.lastGivenRow
    let rows = data.signals.rows[.test, default: []]
    let chosen = chosen.filter { rows[$0] > given + 1 }
    accuracy.indices = chosen
    let largest = members.count * (chosen.map { rows[$0] }.max() ?? 1) * deviations.count
    let atOnce = max(1, min(16, valuesAtOnce / largest))
    for start in stride(from: 0, to: chosen.count, by: atOnce) {
      let trajectories = try chosen[start..<min(chosen.count, start + atOnce)].map {
        try data.dataset.trajectories($0..<$0 + 1, of: .test)[0]
      }
      let step = TestData.stride(rows: trajectories.map(\.rowCount).max() ?? 1)
      let forecasts = members.map { $0.forecasts(of: trajectories, kernels: kernels) }
      for (index, trajectory) in trajectories.enumerated() {
        let ofTrajectory = forecasts.map { $0[index] }
        errors.add(ofTrajectory, truth: trajectory.states, deviations: deviations, given: given)
        func thinned(_ values: [Double]) -> [Double] {
          ForecastMember.thinned(values, states: deviations.count, stride: step, from: given)
        }
        accuracy.add(ofTrajectory.map(thinned), truth: thinned(trajectory.states), deviations: deviations)
      }
    }
    return (accuracy, errors)
  }
}
