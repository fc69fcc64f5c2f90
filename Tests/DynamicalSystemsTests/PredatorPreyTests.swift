import DynamicalSystems
import Foundation
import Testing

@Suite struct PredatorPreyTests {
  let system = PredatorPrey()

  /// Terms of at most 12 per second, a few roundings of 1.1e-16 each, in another order.
  @Test func derivatives() throws {
    let reference = try SystemReference("predator-prey")
    #expect(reference.cases.count == 24)
    for sample in reference.cases {
      for (value, expected) in zip(system.derivative(sample.x, sample.u), sample.dxdt) {
        #expect(abs(value - expected) < 1e-14)
      }
    }
  }

  /// The method is of fourth order: the error falls about 16-fold with half the step.
  @Test func trajectory() throws {
    let reference = try SystemReference("predator-prey")
    let error = reference.deviation(reference.states(of: system))
    let halved = reference.deviation(reference.states(of: system, parts: 2))
    #expect(error < 1e-5)
    #expect((12...20).contains(error / halved), "errors \(error), \(halved)")
  }

  @Test(arguments: [0, 0.1, 0.2]) func equilibriumMovesWithHarvesting(effort: Double) {
    let equilibrium = [1 + effort, (2.0 / 3 - effort) / (4.0 / 3)]
    var x = equilibrium
    for _ in 0..<1000 { x = system.next(x, [effort], h: 0.1) }
    for (value, expected) in zip(x, equilibrium) { #expect(abs(value - expected) < 1e-12) }
  }

  /// delta x1 − gamma ln x1 + beta x2 − alpha ln x2 drifts by the method's error alone: to fifth order in a step, so to
  /// fourth over a fixed time.
  @Test func conservedWithoutHarvesting() {
    func invariant(_ x: [Double]) -> Double { x[0] - log(x[0]) + 4.0 / 3 * x[1] - 2.0 / 3 * log(x[1]) }
    func drift(h: Double) -> Double {
      let start = [1.5, 0.25]
      var x = start
      for _ in 0..<Int((80 / h).rounded()) { x = system.next(x, [0], h: h) }
      return abs(invariant(x) - invariant(start))
    }
    let (coarse, fine) = (drift(h: 0.2), drift(h: 0.1))
    #expect(fine < 1e-4 && fine > 0)
    #expect(coarse / fine > 12, "drifts \(coarse), \(fine)")
  }

  @Test func populationsStayPositive() throws {
    let set = try Simulation(of: system, seed: 5, rowCount: 2000).trajectories(training: 8, test: 0)
    #expect(set.training.allSatisfy { $0.states.allSatisfy { $0 > 0 && $0 < 10 } })
    #expect(set.training.allSatisfy { $0.inputs.allSatisfy { (0...0.2).contains($0) } })
  }

  /// Bits that must never change, on any host or with any compiler.
  @Test func goldenBits() throws {
    let trajectory = try Simulation(of: system, seed: 2026, rowCount: 500).trajectory(0, of: .training)
    #expect(String(trajectory.fold, radix: 16) == "595a77adbd52fe70")
  }
}
