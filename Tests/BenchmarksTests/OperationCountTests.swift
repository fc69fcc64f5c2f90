import SparseNetworks
import Testing

@testable import Benchmarks

@Suite struct OperationCountTests {
  /// By hand: 2 operations a weight and sample in the forward pass; as many for the weight gradient; as many again for
  /// the gradient to each hidden unit that a weight reads.
  @Test func operationsOfKnownShapes() throws {
    // 2-3-1: W = 6 + 3. Forward 18, weight gradient 18, to the hidden layer 2 · 3.
    #expect(try NetworkShape(inputs: 2, hidden: [3], outputs: 1).trainingOperations(batch: 1) == 42)
    // The same with skip columns: W = 6 + 3 + 2; none of the two skip weights leads to a hidden unit.
    let skip = try NetworkShape(inputs: 2, hidden: [3], outputs: 1, inputSkip: true)
    #expect(skip.forwardOperations(batch: 10) == 220)
    #expect(skip.trainingOperations(batch: 10) == 500)
    // A linear model has no gradient to anything but its weights.
    #expect(try NetworkShape(inputs: 4, hidden: [], outputs: 2).trainingOperations(batch: 5) == 160)
  }

  /// The gradient to fed-back inputs costs as much as they do in the forward pass, in each layer that reads them.
  @Test func operationsOfSimulations() throws {
    let recurrence = Recurrence(
      outputLags: [2], hiddenStates: 0, inputLags: [1], carry: [1], offset: [0], gain: [1], outputWeights: [1]
    )
    let plain = try NetworkShape(inputs: 3, hidden: [4], outputs: 1)
    #expect(plain.simulationOperations(of: recurrence, samples: 1) == 2 * (16 * 2 + 4 + 4 * 2))
    let skip = try NetworkShape(inputs: 3, hidden: [4], outputs: 1, inputSkip: true)
    #expect(skip.simulationOperations(of: recurrence, samples: 10) == 20 * (19 * 2 + 4 + 5 * 2))
  }

  @Test func operationsOfTheMeasuredNetworks() throws {
    let operations = try BenchmarkNetwork.all().map { $0.shape.trainingOperations(batch: 128) }
    // 6 W B - 2 W1 B for the plain ones: W = 669, 1,620, 83,968 and W1 = 195, 260, 16,384.
    #expect(operations[0] == 6 * 669 * 128 - 2 * 195 * 128)
    #expect(operations[1] == 1_177_600)
    // W = 2,504, of which 1,360 read hidden units.
    #expect(operations[2] == (4 * 2504 + 2 * 1360) * 128)
    #expect(operations[3] == 6 * 83_968 * 128 - 2 * 16_384 * 128)
  }
}
