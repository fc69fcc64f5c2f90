import DynamicalSystems
import Testing

@Suite struct CascadedTanksTests {
  let tanks = CascadedTanks()

  /// The same few operations in float64: the terms are below 0.5 V/s, rounding errors a few 1e-17 each.
  @Test func derivatives() throws {
    let reference = try SystemReference("cascaded-tanks")
    #expect(reference.cases.count == 24)
    #expect(reference.cases.contains { $0.x == [10, 10] })
    for sample in reference.cases {
      for (value, expected) in zip(tanks.derivative(sample.x, sample.u), sample.dxdt) {
        #expect(abs(value - expected) < 1e-15)
      }
    }
  }

  /// The reference switches between smooth equations exactly where a level reaches the brim. Until then the Runge-Kutta
  /// error is that of smooth equations. After it, a step of 0.5 s misplaces at most one step's surplus,
  /// 0.6 · 0.1 V/s · 0.5 s = 0.03 V.
  @Test func trajectory() throws {
    let reference = try SystemReference("cascaded-tanks")
    let states = reference.states(of: tanks)
    #expect(reference.deviation(states) { $0.index <= 40 } < 1e-9)
    #expect(reference.deviation(states) < 0.03)
    // Shorter steps misplace less.
    #expect(reference.deviation(reference.states(of: tanks, parts: 40)) < 0.03 / 40)
    #expect(states.contains { $0[0] == 10 } && states.contains { $0[1] == 10 })
  }

  @Test func levelsStayBetweenBottomAndBrim() throws {
    let set = try Simulation(of: tanks, seed: 3, rowCount: 1024).trajectories(training: 8, test: 0)
    let levels = set.training.flatMap(\.states)
    #expect(levels.allSatisfy { (0...10).contains($0) })
    let rows = set.training.flatMap { trajectory in
      (0..<trajectory.rowCount).map { Array(trajectory.state($0)) }
    }
    let full = (0..<2).map { tank in rows.count { $0[tank] == 10 } }
    #expect(full[0] > rows.count / 50 && full[1] > 0, "rows at the brim: \(full)")
    let inputs = set.training.flatMap(\.inputs)
    #expect(inputs.allSatisfy { (0.5...6.5).contains($0) } && Set(inputs).count > 100)
  }

  @Test func emptyTanksStayEmptyWithoutThePump() {
    #expect(tanks.next([0, 0], [0], h: 4) == [0, 0])
  }

  /// Bits that must never change, on any host or with any compiler.
  @Test func goldenBits() throws {
    let trajectory = try Simulation(of: tanks, seed: 2026, rowCount: 500).trajectory(0, of: .training)
    #expect(String(trajectory.fold, radix: 16) == "2709434e2e9c738")
  }
}
