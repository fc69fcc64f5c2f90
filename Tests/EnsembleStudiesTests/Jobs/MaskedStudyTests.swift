import Foundation
import SparseNetworks
import Testing
import TrajectoryData

@testable import EnsembleStudies

/// Members that are trained on outputs of which some were not measured.
@Suite struct MaskedStudyTests {
  /// The trajectories without every seventh value of the one state, and every eleventh of the other.
  private func masked(_ trajectories: [Trajectory], _ first: Int = 7) throws -> [Trajectory] {
    try trajectories.map { trajectory in
      let states = trajectory.states.enumerated().map { index, value in
        (index / 2) % (index % 2 == 0 ? first : 11) == 3 ? Double.nan : value
      }
      return try Trajectory(
        samplingTime: trajectory.samplingTime, stateNames: trajectory.stateNames,
        inputNames: trajectory.inputNames, states: states, inputs: trajectory.inputs, allowsMissing: true)
    }
  }

  private func set(_ first: Int = 7) throws -> TrajectorySet {
    let whole = try oscillatorSet()
    return try TrajectorySet(training: masked(whole.training, first), test: masked(whole.test, first))
  }

  @Test func theFileKeepsWhatIsMissing() throws {
    let dataset = try DatasetOnDisk(set())
    #expect(dataset.file.signals.hasMissing)
    let read = try dataset.file.trajectories(0..<3, of: .test)
    let expected = try set().test
    for (one, other) in zip(read, expected) {
      #expect(one.states.map(\.bitPattern) == other.states.map(\.bitPattern))
    }
    let whole = try DatasetOnDisk(oscillatorSet())
    #expect(!whole.file.signals.hasMissing)
  }

  @Test(arguments: [false, true])
  func errorsAreThoseOfMeasuredRows(isSimulation: Bool) throws {
    let (set, whole) = (try set(), try oscillatorSet())
    let dataset = try DatasetOnDisk(set)
    var job = try oscillatorJob(dataset.digest, epochs: 60, windows: [.init(from: 0, to: 40)])
    if isSimulation {
      job.settings.simulation = SimulationLoss(
        horizon: 10, washout: 0, growth: 0.5, clipping: 1, trainsInitialStates: false)
    }
    let training = try MemberTraining(job, dataset: dataset.file, kernels: Kernels.available[0])
    guard case .finished(let member) = try training.run(progress: { _, _, _, _ in .proceed }) else {
      Issue.record("stopped")
      return
    }
    #expect(!member.trainingCurve.contains { !$0.isFinite })
    let forecasts = MemberForecasts(
      network: member.network, standardisation: member.standardisation, samplingTime: 0.1,
      regressor: member.regressor, kernels: Kernels.available[0]
    ).forecasts(of: set.test) {}
    for (index, forecast) in forecasts.enumerated() {
      #expect(!forecast.contains { !$0.isFinite })
      let error = try #require(member.forecasts[index].first)
      let measured = (1...min(40, set.test[index].rowCount - 1)).filter { row in
        set.test[index].state(row).contains { !$0.isNaN }
      }
      #expect(error.stepCount == measured.count && error.meanAbsolute.isFinite)
      // As good on the rows that were not measured: the network knows nothing of zeros there.
      let all = try #require(
        ForecastError.errors(
          of: forecast, truth: whole.test[index].states, deviations: member.standardisation.stateDeviation,
          windows: [.init(from: 0, to: 40)]
        ).first)
      #expect(all.meanAbsolute < 1.3 * error.meanAbsolute + 0.05)
    }
  }

  @Test func withoutAWholeSampleOneStepTrainingIsRefused() throws {
    let whole = try oscillatorSet()
    let sparse = try whole.training.map { trajectory in
      try Trajectory(
        samplingTime: 0.1, stateNames: trajectory.stateNames, inputNames: trajectory.inputNames,
        states: trajectory.states.enumerated().map { ($0 / 2) % 2 == 1 ? .nan : $1 },
        inputs: trajectory.inputs, allowsMissing: true)
    }
    let dataset = try DatasetOnDisk(TrajectorySet(training: sparse, test: whole.test))
    let job = try oscillatorJob(dataset.digest, epochs: 2)
    let training = try MemberTraining(job, dataset: dataset.file, kernels: Kernels.available[0])
    #expect(throws: TrainingJobError.noWholeSample) { try training.run { _, _, _, _ in .proceed } }
    var simulated = job
    simulated.settings.simulation = SimulationLoss(
      horizon: 10, washout: 0, growth: 0.5, clipping: 1, trainsInitialStates: false)
    let other = try MemberTraining(simulated, dataset: dataset.file, kernels: Kernels.available[0])
    guard case .finished(let member) = try other.run(progress: { _, _, _, _ in .proceed }) else {
      Issue.record("stopped")
      return
    }
    #expect(!member.trainingCurve.contains { !$0.isFinite })
  }
}
