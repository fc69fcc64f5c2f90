import DynamicalSystems
import ReproducibleMath
import Testing
import TrajectoryData

extension Trajectory {
  /// A number that depends on every bit of the values.
  var fold: UInt64 {
    (states + inputs).reduce(0) { ($0 ^ $1.bitPattern) &* 0x0000_0100_0000_01B3 }
  }
}

/// Properties that every registered system must have.
@Suite struct SimulatedSystemsTests {
  static let names = SimulatedSystems.all.map(\.name)

  @Test func namesAreUniqueAndTheCellIsTheDefault() {
    #expect(Set(Self.names).count == Self.names.count)
    #expect(SimulatedSystems.standard.name == "aluminium-cell" && SystemName().rawValue == "aluminium-cell")
    #expect(SystemName(rawValue: "no-such-system") == nil)
    #expect(SystemName.all.map(\.rawValue) == Self.names)
  }

  @Test(arguments: names) func descriptionsAreComplete(name: String) throws {
    let system = try #require(SimulatedSystems.named(name))
    let (states, inputs) = (system.states.map(\.name), system.inputs.map(\.name))
    #expect(Set(states + inputs).count == states.count + inputs.count)
    #expect(system.trueArguments.count == states.count && system.measurementNoise.count == states.count)
    #expect(system.trueArguments.joined().allSatisfy { (states + inputs).contains($0) })
    #expect(system.inputBalances.allSatisfy { states.contains($0) })
    #expect(!system.summary.isEmpty && !system.source.isEmpty && system.samplingTime > 0)
  }

  /// The listed arguments are those on which the equation depends: each derivative, by differences around states of a
  /// trajectory, changes with them somewhere and with nothing else anywhere.
  @Test(arguments: names) func trueArgumentsAreThoseOfTheEquations(name: String) throws {
    let system = try #require(SimulatedSystems.named(name) as? any ContinuousSystem)
    let trajectory = try Simulation(of: system, seed: 7, rowCount: 1000).trajectory(0, of: .training)
    let (states, inputs) = (system.states.map(\.name), system.inputs.map(\.name))
    var found = states.map { _ in Set<String>() }
    for row in stride(from: 0, to: 1000, by: 7) {
      let (x, u) = (Array(trajectory.state(row)), Array(trajectory.input(row)))
      let rate = system.derivative(x, u)
      for (column, signal) in (states + inputs).enumerated() {
        var (y, v) = (x, u)
        if column < x.count {
          y[column] *= 1.01
        } else {
          v[column - x.count] = v[column - x.count] * 1.01 + 0.01
        }
        for (output, other) in system.derivative(y, v).enumerated() where other != rate[output] {
          found[output].insert(signal)
        }
      }
    }
    #expect(found == system.trueArguments.map { Set($0) })
  }

  @Test(arguments: names) func trajectoriesOfPartsAndSeedsDiffer(name: String) throws {
    let system = try #require(SimulatedSystems.named(name))
    func inputs(_ seed: UInt64) throws -> [[Double]] {
      let set = try Simulation(of: system, seed: seed, rowCount: 1500)
        .trajectories(training: 2, test: 2, validation: 2)
      return (set.training + set.test + set.validation).map(\.inputs)
    }
    #expect(try Set(inputs(1) + inputs(2)).count == 12)
  }

  /// Noise is added to what is written only, and is the same for the same seed.
  @Test func measurementNoise() throws {
    let system = CascadedTanks()
    let clean = try Simulation(of: system, seed: 4, rowCount: 5000).trajectory(1, of: .test)
    let noisy = try Simulation(of: system, seed: 4, rowCount: 5000, measurementNoise: [0.02, 0])
      .trajectory(1, of: .test)
    #expect(noisy.inputs == clean.inputs)
    let differences = zip(noisy.states, clean.states).map { $0 - $1 }
    let upper = stride(from: 0, to: differences.count, by: 2).map { differences[$0] }
    let mean = upper.reduce(0, +) / 5000
    let deviation = (upper.reduce(0) { $0 + $1 * $1 } / 5000).squareRoot()
    // Standard errors: 0.02/sqrt(5000) = 2.8e-4 and 0.02/sqrt(10000) = 2e-4; the bounds are 5 of them.
    #expect(abs(mean) < 1.4e-3 && abs(deviation - 0.02) < 1e-3)
    #expect(stride(from: 1, to: differences.count, by: 2).allSatisfy { differences[$0] == 0 })
    #expect(
      try Simulation(of: system, seed: 4, rowCount: 5000, measurementNoise: [0.02, 0]).trajectory(
        1, of: .test)
        == noisy)
    #expect(throws: SimulationError.noiseCount(1, system: "cascaded-tanks", states: 2)) {
      try Simulation(of: system, seed: 1, measurementNoise: [0.1])
    }
    #expect(throws: SimulationError.noise(-1)) {
      try Simulation(of: system, seed: 1, measurementNoise: [0.1, -1])
    }
  }

  /// A chain of integrators as wide as one likes, as a discrete map.
  private struct Chain: SimulatedSystem {
    let width: Int
    var name: String { "chain" }
    var summary: String { "integrators in a chain" }
    var source: String { "none" }
    var states: [Signal] { (0..<width).map { Signal("x\($0)", "link", unit: "") } }
    var inputs: [Signal] { (0..<width).map { Signal("u\($0)", "push", unit: "") } }
    var trueArguments: [[String]] {
      (0..<width).map { [$0 == 0 ? "x\(width - 1)" : "x\($0 - 1)", "u\($0)"] }
    }
    var samplingTime: Double { 1 }

    struct Pushes: InputGenerator {
      var sequences: [APRBS]
      mutating func next(_ x: [Double]) -> [Double] { sequences.indices.map { Double(sequences[$0].next()) } }
    }
    func initialState(_ stream: inout RandomStream) -> [Double] {
      (0..<width).map { _ in Double(stream.integer(in: 0...9)) }
    }
    func inputGenerator(_ streams: ExcitationStreams, h: Double) -> any InputGenerator {
      Pushes(sequences: (0..<width).map { APRBS(streams.input($0), amplitudes: -3...3, holdTimes: 1...5) })
    }
    func next(_ x: [Double], _ u: [Double], h: Double) -> [Double] {
      x.indices.map { x[($0 + width - 1) % width] + u[$0] }
    }
  }

  @Test func systemsMayHaveMoreThanEightSignals() throws {
    let trajectory = try Simulation(of: Chain(width: 11), seed: 1, rowCount: 50).trajectory(0, of: .training)
    #expect(trajectory.stateNames.count == 11 && trajectory.inputNames.count == 11)
    for row in 0..<49 {
      let (x, u) = (Array(trajectory.state(row)), Array(trajectory.input(row)))
      let expected = (0..<11).map { (link: Int) -> Double in x[(link + 10) % 11] + u[link] }
      #expect(Array(trajectory.state(row + 1)) == expected)
    }
    // Inputs have streams of their own.
    var columns: Set<[Double]> = []
    for lane in 0..<11 { columns.insert((0..<50).map { trajectory.inputs[$0 * 11 + lane] }) }
    #expect(columns.count == 11)
  }
}
