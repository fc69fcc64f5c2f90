import SnapshotSupport
import Testing
import TrajectoryData

@Suite struct TrajectoryTests {
  private func make(
    h: Double = 10, states: [Double] = [1, 2, 3, 4], inputs: [Double] = [5, 6], names: [String] = ["a", "b"],
    source: String? = nil
  ) throws -> Trajectory {
    try Trajectory(
      samplingTime: h, stateNames: names, inputNames: ["u"], states: states, inputs: inputs, source: source)
  }

  @Test func rows() throws {
    let trajectory = try make()
    #expect(trajectory.rowCount == 2 && trajectory.sampleCount == 1)
    #expect(Array(trajectory.state(1)) == [3, 4] && Array(trajectory.input(1)) == [6])
  }

  @Test func valuesThatAreNoTrajectory() throws {
    let errors = Snapshot.errors([
      { _ = try make(h: 0) }, { _ = try make(names: []) },
      { _ = try make(states: [1, 2], inputs: [5], source: "a.csv") }, { _ = try make(states: [1, 2, 3]) },
      { _ = try make(states: [1, 2, 3, .nan], source: "a.csv") }, { _ = try make(inputs: [.infinity, 0]) },
    ])
    #expect(errors == (try Snapshot.recorded("trajectories", of: errors)))
  }

  @Test func trajectoriesOfASetFitTogether() throws {
    let set = try TrajectorySet(training: [make()], test: [make()])
    #expect(set.stateNames == ["a", "b"] && set.inputNames == ["u"] && set.samplingTime == 10)
    let errors = Snapshot.errors([
      { _ = try TrajectorySet(training: []) },
      { _ = try TrajectorySet(training: [make(), make(h: 5)]) },
      { _ = try TrajectorySet(training: [make()], test: [make(names: ["a", "c"], source: "b.csv")]) },
    ])
    #expect(errors == (try Snapshot.recorded("sets-of-trajectories", of: errors)))
  }
}
