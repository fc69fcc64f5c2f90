import DynamicalSystems
import ReproducibleMath
import SnapshotSupport
import Testing
import TrajectoryData

@Suite struct CellSimulationTests {
  @Test func fortyTrajectoriesHaveThePublishedStatistics() throws {
    let set = try Simulation(seed: 1).trajectories(training: 40, test: 0)
    #expect(set.training.count == 40 && set.test.isEmpty)
    func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
      let mean = values.reduce(0, +) / Double(values.count)
      return (mean, (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot())
    }
    func column(_ values: KeyPath<Trajectory, [Double]>, _ lane: Int, of count: Int) -> [Double] {
      set.training.flatMap { trajectory in
        stride(from: lane, to: trajectory[keyPath: values].count, by: count).map {
          trajectory[keyPath: values][$0]
        }
      }
    }
    let means = [3244, 491, 1976, 13983, 9942, 972.4, 817.4, 582.3]
    let deviations = [671, 102, 244, 1551, 46, 4.5, 21.6, 33.7]
    for lane in 0..<8 {
      let (mean, deviation) = moments(column(\.states, lane, of: 8))
      // Two independent sets of 40: between them the means of slow states differ by a few tenths of a deviation.
      #expect(abs(mean - means[lane]) < 0.4 * deviations[lane], "mean of x\(lane + 1): \(mean)")
      #expect(abs(deviation / deviations[lane] - 1) < 0.3, "deviation of x\(lane + 1): \(deviation)")
    }
    let current = moments(column(\.inputs, 1, of: 5))
    #expect(abs(current.mean - 137_547) < 2500 && abs(current.deviation / 10_049 - 1) < 0.1)
    let distance = moments(column(\.inputs, 4, of: 5))
    #expect(abs(distance.mean - 0.0504) < 0.001 && abs(distance.deviation / 0.0039 - 1) < 0.1)
  }

  @Test func rowsFollowTheProtocol() throws {
    let trajectory = try Simulation(seed: 2, rowCount: 1500).trajectory(3, of: .test)
    let cell = AluminiumCell()
    let controllers = AluminiumCell.Controllers(samplingTime: 10)
    var impulses = (alumina: 0, fluoride: 0)
    for row in 0..<1499 {
      var x = SIMD8<Double>()
      var u = SIMD8<Double>()
      for (lane, value) in trajectory.state(row).enumerated() { x[lane] = value }
      for (lane, value) in trajectory.input(row).enumerated() { u[lane] = value }
      let bath = AluminiumCell.Bath(x)
      if u[0] != controllers.aluminaFeed(bath) { impulses.alumina += 1 }
      if u[2] != controllers.fluorideFeed(bath) { impulses.fluoride += 1 }
      #expect(u[3] == controllers.metalTap(metalMass: x[4]))
      #expect((118_000...155_000).contains(u[1]) && (0.043...0.057).contains(u[4]))
      if row < 100 { #expect(u[1] == 140_000 && u[4] == 0.05) }
      let next = cell.rungeKuttaStep(x, u, h: 10)
      #expect(trajectory.state(row + 1).elementsEqual((0..<8).map { next[$0] }))
    }
    #expect((1...3).contains(impulses.alumina) && (1...2).contains(impulses.fluoride))
  }

  @Test func sameBitsForAnyNumberOfThreads() throws {
    let simulation = try Simulation(seed: 3, rowCount: 300)
    let one = try simulation.trajectories(training: 7, test: 5, threads: 1)
    for threads in [2, 5, 100, nil] {
      #expect(try simulation.trajectories(training: 7, test: 5, threads: threads) == one)
    }
    #expect(try one.training[6] == simulation.trajectory(6, of: .training))
    #expect(try one.test[4] == simulation.trajectory(4, of: .test))
  }

  @Test func trajectoriesDiffer() throws {
    let set = try Simulation(seed: 4, rowCount: 2).trajectories(training: 30, test: 30)
    let other = try Simulation(seed: 5, rowCount: 2).trajectories(training: 30, test: 30)
    let initial = [set.training, set.test, other.training, other.test].joined().map { Array($0.state(0)) }
    #expect(Set(initial).count == 120)
  }

  /// Bits that must never change, on any host or with any compiler.
  @Test func goldenBits() throws {
    let trajectory = try Simulation(seed: 2026, rowCount: 1200).trajectory(0, of: .training)
    var fold: UInt64 = 0
    for value in trajectory.states + trajectory.inputs {
      fold = (fold ^ value.bitPattern) &* 0x0000_0100_0000_01B3
    }
    #expect(
      trajectory.state(0).map { String($0.bitPattern, radix: 16) } == [
        "40a2800000000000", "4080efe82fa0be83", "409f0d29aca6b29b", "40ce588000000000", "40c3410000000000",
        "408e000000000000", "4089780000000000", "4082980000000000",
      ])
    #expect(
      trajectory.state(1199).map { String($0.bitPattern, radix: 16) } == [
        "40afbf3c5e69dec7", "407897a7b5d50734", "409faf6b35ddfe61", "40cb0a97d1de5d4e", "40c364df0b290ebf",
        "408e604239488a1a", "40891a0d4bbb0cbe", "4081295589fb1cab",
      ])
    #expect(String(fold, radix: 16) == "60a377422ea09737")
  }

  /// With a sampling time of 300 s, a quarter of the trajectories is not finite at the first attempt.
  @Test func notFiniteTrajectoriesAreDrawnAgain() throws {
    let simulation = try Simulation(seed: 1, samplingTime: 300, rowCount: 300)
    var redrawn = 0
    for index in 0..<40 {
      let trajectory = try simulation.trajectory(index, of: .training)
      let attempt = (0..<8).first { attempt in
        var stream = RandomStream(seed: 1, purpose: .initialState, index: UInt32(index))
        stream.position = UInt64(attempt) << 40
        return Double(stream.integer(in: 2060...4460)) == trajectory.states[0]
      }
      redrawn += try #require(attempt) > 0 ? 1 : 0
    }
    #expect((2...30).contains(redrawn))
  }

  @Test func errorsSayWhatToDo() throws {
    let errors = Snapshot.errors([
      { _ = try Simulation(seed: 1, samplingTime: 0) }, { _ = try Simulation(seed: 1, rowCount: 1) },
      { _ = try Simulation(seed: 1).trajectories(training: 0, test: 1) },
      { _ = try Simulation(seed: 1).trajectory(-1, of: .test) },
      { _ = try Simulation(seed: 1, samplingTime: 1e6, rowCount: 50).trajectories(training: 3, test: 0) },
    ])
    #expect(errors == (try Snapshot.recorded("simulations", of: errors)))
  }
}
