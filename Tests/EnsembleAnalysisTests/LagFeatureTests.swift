import DynamicalSystems
import SparseNetworks
import StudyFiles
import Testing
import TrajectoryData

@testable import EnsembleAnalysis

@Suite struct LagFeatureTests {
  /// A network y' = a h, h' = b u + c h: the effect of u that is held, step by step.
  @Test func effectsGoThroughHiddenStates() throws {
    let regressor = try Regressor(outputLags: [1], hiddenStates: 1, inputs: [.init(lags: 1)])
    let (a, b, c): (Float, Float, Float) = (2, 0.5, -0.25)
    // Columns y, h, u; rows y, h.
    let result = HiddenStateEffects.added(to: [0.125, a, 0, 0, c, b], regressor)
    var h = 0.0
    for _ in 0..<HiddenStateEffects.steps { h = 0.95 * h + 0.1 * (Double(b) + Double(c) * h) }
    #expect(abs(Double(result[2]) - Double(a) * h) < 1e-6 && result[0] == 0.125)
    #expect(Array(result[3...]) == [0, c, b] && result[1] == a)
    let plain = Regressor.present(outputs: 1, inputs: 1)
    #expect(HiddenStateEffects.added(to: [1, 2], plain) == [1, 2])
  }

  /// Linear networks of two outputs: the derivative is the weight at every point.
  private func linear(_ weights: [Float]) throws -> PrunedNetwork {
    NetworkParameters(
      shape: try NetworkShape(inputs: 4, hidden: [], outputs: 2),
      layers: [.init(weights: weights, biases: [0, 0])]
    ).pruned(threshold: 0)
  }

  /// A group's sensitivity is the norm over its lags, and so is its shared part.
  @Test func groupsOfLagsAreNorms() throws {
    var byColumn = Sensitivities(outputs: 2, inputs: 4, samples: 1)
    byColumn.add(try linear([3, 4, 0, 2, 0, 0, 1, 0]), at: [0, 0, 0, 0], targets: [0.5, 2])
    byColumn.add(try linear([3, -4, 0, 2, 0, 0, 1, 0]), at: [0, 0, 0, 0], targets: [0.5, 2])
    let grouped = byColumn.grouped([0..<2, 2..<3, 3..<4])
    #expect(grouped.inputs == 3 && grouped.byMember == [[5, 0, 2, 0, 1, 0], [5, 0, 2, 0, 1, 0]])
    #expect(grouped.errors == [[0.5, 2], [0.5, 2]])
    #expect(grouped.overError == [10, 0, 4, 0, 0.5, 0])
    #expect(abs(grouped.total[0] - 5) < 1e-6 && abs(grouped.total[2] - 2) < 1e-6)
    // The products of the pair: 9 and -16; 4.
    #expect(grouped.shared[0] == 0 && abs(grouped.reliability[0] + 7.0 / 25) < 1e-6)
    #expect(abs(grouped.shared[2] - 2) < 1e-6 && abs(grouped.reliability[4] - 1) < 1e-6)
    // Groups of one are what they were.
    let ones = byColumn.grouped([0..<1, 1..<2, 2..<3, 3..<4])
    #expect(ones.byMember == byColumn.byMember && ones.reliability == byColumn.reliability)
  }

  @Test func trueColumnsArePresentStatesAndDelayedInputs() throws {
    let tank = try #require(SystemName(rawValue: "delayed-tank"))
    let truth = try #require(SystemTruth(.simulated(SimulatedDataset(system: tank))))
    let regressor = try Regressor(outputLags: [2], inputs: [.init(lags: 4, deadTime: 1)])
    #expect(truth.columns(of: regressor) == [[true, false, false, false, true, false]])
    let atOutput = try Regressor(outputLags: [1], inputs: [.init(lags: 5)], inputAtOutput: true)
    #expect(truth.columns(of: atOutput) == [[true, false, false, false, false, true]])
    // With a state that isn't measured the equations aren't those of the outputs.
    let tanks = try #require(SystemName(rawValue: "cascaded-tanks"))
    #expect(SystemTruth(.simulated(SimulatedDataset(system: tanks, outputs: ["x2"]))) == nil)
    #expect(SystemTruth(.simulated(SimulatedDataset(system: tanks))) != nil)
  }
}
