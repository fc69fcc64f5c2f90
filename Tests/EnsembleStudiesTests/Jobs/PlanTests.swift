import SparseNetworks
import StudyFiles
import SnapshotSupport
import Testing
import TrajectoryData

@testable import EnsembleStudies

@Suite struct PlanTests {
  private func plan(_ variants: [Variant], seed: UInt64 = 1) throws -> StudyPlan {
    let set = try oscillatorSet()
    let study = Study(
      name: "oscillator", seed: seed, dataset: .simulated(SimulatedDataset()), variants: variants,
      forecast: Forecast(windows: ForecastWindow.standard))
    return try StudyPlan(study, trajectories: set, digest: .of(try DatasetFile.encoded(set)))
  }

  @Test func membersHaveTheSameSeedsInEveryVariant() throws {
    let plan = try plan([
      Variant(name: "a", members: 12, hidden: [4], batchSize: 16),
      Variant(name: "b", members: 3, hidden: [5], batchSize: 16),
    ])
    #expect(plan.members.count == 15)
    #expect(plan.members[..<3].map(\.name) == ["a-00", "a-01", "a-02"])
    #expect(plan.members[12...].map(\.name) == ["b-0", "b-1", "b-2"])
    #expect(plan.members[12...].map(\.seed) == plan.members[..<3].map(\.seed))
    #expect(Set(plan.members.map(\.job)).count == 15)
    #expect(Set(plan.members.map(\.seed)).count == 12)
    for member in plan.members {
      #expect(member.job == .of(member.payload))
      #expect(try TrainingJob(payload: member.payload).seed == member.seed)
    }
    // (60 + 40 + 50 - 3) / 16 rounded up, 100 epochs.
    #expect(plan.totalSteps == 15 * 10 * 100)
    #expect(
      try self.plan([Variant(name: "a", members: 1, hidden: [4], batchSize: 16)], seed: 2).members[0].seed
        != plan.members[0].seed)
  }

  @Test func membersWithTheSameJobShareIt() throws {
    let plan = try plan([
      Variant(name: "a", members: 2, hidden: [4], batchSize: 16),
      Variant(name: "b", members: 3, hidden: [4], batchSize: 16),
    ])
    #expect(plan.members.count == 5 && plan.jobs.count == 3)
    #expect(plan.totalSteps == 3 * 10 * 100)
  }

  @Test func windowsEndWithTheLongestTestTrajectory() throws {
    let plan = try plan([Variant(name: "a", hidden: [4], batchSize: 16)])
    #expect(plan.windows == [.init(from: 0, to: 80)])
  }

  @Test func identityIsThatOfTheJobsAndNames() throws {
    let a = try plan([Variant(name: "a", hidden: [4], batchSize: 16)])
    #expect(try plan([Variant(name: "a", hidden: [4], batchSize: 16)]).identity == a.identity)
    #expect(try plan([Variant(name: "b", hidden: [4], batchSize: 16)]).identity != a.identity)
    #expect(try plan([Variant(name: "a", hidden: [5], batchSize: 16)]).identity != a.identity)
    #expect(try plan([Variant(name: "a", hidden: [4], batchSize: 16)], seed: 2).identity != a.identity)
  }

  @Test func whatTheDatasetDoesNotHaveIsRefused() throws {
    let errors = Snapshot.errors([
      { _ = try plan([Variant(name: "a", hidden: [4], batchSize: 16, trainingTrajectories: 4)]) },
      { _ = try plan([Variant(name: "a", hidden: [4], batchSize: 148)]) },
    ])
    #expect(errors == (try Snapshot.recorded("plans", of: errors)))
  }

  @Test func windowsBeyondTheTestTrajectoriesAreRefused() throws {
    let set = try oscillatorSet()
    let study = Study(
      name: "oscillator", dataset: .simulated(SimulatedDataset()),
      variants: [Variant(name: "a", hidden: [4], batchSize: 16)],
      forecast: Forecast(windows: [.init(from: 80, to: 90), .init(from: 100, to: 200)]))
    let error = #expect(throws: StudyPlanError.self) {
      try StudyPlan(study, trajectories: set, digest: .of([]))
    }
    #expect(error?.description.contains("forecast.windows") == true)
    #expect(error?.description.contains("80") == true)
  }

  @Test func constantStateIsRefusedAndConstantInputIsNoted() throws {
    func plan(states: [Double], inputs: [Double]) throws -> StudyPlan {
      let set = try TrajectorySet(
        training: [
          try Trajectory(
            samplingTime: 1, stateNames: ["x"], inputNames: ["u"], states: states, inputs: inputs)
        ])
      return try StudyPlan(constantStudy, trajectories: set, digest: .of([]))
    }
    let error = #expect(throws: StudyPlanError.self) {
      try plan(states: [1, 1, 1, 1], inputs: [5, 6, 5, 5])
    }
    #expect(error?.problem.hasPrefix("x ") == true)
    #expect(try plan(states: [1, 2, 4, 3], inputs: [5, 6, 5, 5]).notes.isEmpty)
    let notes = try plan(states: [1, 2, 4, 3], inputs: [5, 5, 5, 5]).notes
    #expect(notes.count == 1 && notes[0].hasPrefix("variant 'a': u "))
  }

  private var constantStudy: Study {
    Study(
      name: "s", dataset: .simulated(SimulatedDataset()),
      variants: [Variant(name: "a", hidden: [4], batchSize: 1)],
      forecast: Forecast(windows: ForecastWindow.standard))
  }
}
