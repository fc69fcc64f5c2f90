import SparseNetworks
import Testing

@testable import Benchmarks

@Suite struct ZerosTests {
  @Test(arguments: 0..<4, [0, 0.3, 0.5, 0.8, 0.9, 0.95])
  func numberIsExactAndEveryWeightCounts(network index: Int, zeros: Double) throws {
    let network = try BenchmarkNetwork.all()[index]
    let parameters = network.parameters(zeros: zeros)
    let left = parameters.layers.reduce(0) { $0 + $1.weights.count { $0 != 0 } }
    #expect(left == Int(((1 - zeros) * Double(network.shape.weightCount)).rounded()))
    // Pruning takes out what has no effect.
    #expect(parameters.pruned(threshold: 0).weightCount == left)
  }

  @Test func tooManyZerosLeaveOnePathToEachOutput() throws {
    let network = try BenchmarkNetwork([3, 5, 4]).parameters(zeros: 1).pruned(threshold: 0)
    #expect(network.hiddenUnits == [1] && network.weightCount == 5)
  }
}
