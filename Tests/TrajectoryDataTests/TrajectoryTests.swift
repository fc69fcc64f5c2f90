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

  private func text(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return "no error"
  }

  @Test func rows() throws {
    let trajectory = try make()
    #expect(trajectory.rowCount == 2 && trajectory.sampleCount == 1)
    #expect(Array(trajectory.state(1)) == [3, 4] && Array(trajectory.input(1)) == [6])
  }

  @Test func valuesThatAreNoTrajectory() {
    #expect(text { _ = try make(h: 0) } == "the sampling time is 0.0 s; it must be positive and finite")
    #expect(text { _ = try make(names: []) } == "a trajectory needs at least one state")
    #expect(
      text { _ = try make(states: [1, 2], inputs: [5], source: "a.csv") }
        == "a.csv: 1 row; a trajectory needs at least 2")
    #expect(
      text { _ = try make(states: [1, 2, 3]) }
        == "3 values of 2 states and 2 values of 1 inputs are not full rows")
    #expect(
      text { _ = try make(states: [1, 2, 3, .nan], source: "a.csv") }
        == "a.csv: b is nan in row 1 (counted from 0); all values must be finite")
    #expect(
      text { _ = try make(inputs: [.infinity, 0]) }
        == "u is inf in row 0 (counted from 0); all values must be finite")
  }

  @Test func trajectoriesOfASetFitTogether() throws {
    let set = try TrajectorySet(training: [make()], test: [make()])
    #expect(set.stateNames == ["a", "b"] && set.inputNames == ["u"] && set.samplingTime == 10)
    #expect(
      text { _ = try TrajectorySet(training: []) } == "there is no training trajectory; give at least one")
    #expect(
      text { _ = try TrajectorySet(training: [make(), make(h: 5)]) }
        == "training trajectory 1 has a sampling time of 5.0 s, the first training trajectory 10.0 s; "
        + "all trajectories of a set need the same")
    #expect(
      text { _ = try TrajectorySet(training: [make()], test: [make(names: ["a", "c"], source: "b.csv")]) }
        == "b.csv has the signals a, c, u, the first training trajectory has a, b, u; "
        + "all trajectories of a set need the same")
  }
}
