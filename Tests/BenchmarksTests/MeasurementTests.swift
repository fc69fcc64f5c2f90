import Testing

@testable import Benchmarks

@Suite struct MeasurementTests {
  /// A machine on which work takes exactly the time that it should, and a log of what ran.
  final class Machine {
    var time = 0.0
    var log: [(name: String, units: Int)] = []

    func subject(_ name: String, secondsPerUnit: Double, multiple: Int = 1) -> Subject {
      Subject(
        run: { units in
          self.log.append((name, units))
          self.time += Double(units) * secondsPerUnit
        }, multiple: multiple)
    }
  }

  @Test func eachBlockFollowsOneToWarmUpAndOneOfTheReference() {
    let machine = Machine()
    var plan = MeasurementPlan(total: 0)
    plan.rounds = 3
    let times = Measurement(plan: plan) { machine.time }.times(
      of: [machine.subject("a", secondsPerUnit: 1e-5), machine.subject("b", secondsPerUnit: 0.25)],
      reference: machine.subject("r", secondsPerUnit: 2e-5))
    #expect(machine.log.suffix(18).map(\.name).joined() == "arabrbarabrbarabrb")
    #expect(abs(times.ratioToReference(0) - 0.5) < 1e-6)
    #expect(abs(times.ratioToReference(1) - 12_500) < 0.1)
    // Blocks of 10 ms; what takes longer runs once.
    #expect(machine.log.suffix(6).map(\.units) == [1000, 500, 1000, 1, 500, 1])
  }

  @Test func itGoesOnUntilTheTimeIsOver() {
    let machine = Machine()
    let subject = machine.subject("a", secondsPerUnit: 1e-4)
    let times = Measurement(plan: MeasurementPlan(total: 1)) { machine.time }.times(
      of: [subject], reference: subject)
    #expect((33...34).contains(times.subjects[0].count))
  }

  @Test func blocksAreMultiplesWhereTheseAreShort() {
    let machine = Machine()
    let measurement = Measurement(plan: MeasurementPlan(total: 0)) { machine.time }
    // An epoch of 300 steps: 6 ms; 36 ms, longer than a block; 60 ms, too long to wait for.
    for (secondsPerStep, units) in [(2e-5, 300), (1.2e-4, 300), (2e-4, 50)] {
      let subject = machine.subject("a", secondsPerUnit: secondsPerStep, multiple: 300)
      _ = measurement.times(of: [subject], reference: subject)
      #expect(machine.log.suffix(10).allSatisfy { abs($0.units - units) <= 1 }, "\(secondsPerStep)")
    }
  }
}
