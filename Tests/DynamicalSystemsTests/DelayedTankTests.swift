import DynamicalSystems
import Testing

@Suite struct DelayedTankTests {
  /// Each level follows from the one before and the voltage of three samples ago; before that, from the first voltage.
  @Test func thePumpActsAfterItsDeadTime() throws {
    let tank = DelayedTank()
    let trajectory = try Simulation(of: tank, seed: 4, rowCount: 50).trajectory(0, of: .test)
    #expect(Set(trajectory.inputs).count > 4)
    for row in 0..<49 {
      let voltage = trajectory.inputs[max(0, row - 3)]
      #expect(tank.next([trajectory.states[row]], [voltage], h: 20) == [trajectory.states[row + 1]])
    }
  }

  /// Towards the level at which the outflow is the inflow, and never below the bottom.
  @Test func itSettles() throws {
    let tank = DelayedTank()
    var x = [1.0]
    for _ in 0..<400 { x = tank.next(x, [4], h: 20) }
    #expect(abs(x[0] - 1) < 1e-9)
    for _ in 0..<400 { x = tank.next(x, [0], h: 20) }
    #expect(x[0] >= 0 && x[0] < 1e-3)
  }
}
