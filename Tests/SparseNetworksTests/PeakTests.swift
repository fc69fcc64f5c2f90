import Testing

@testable import SparseNetworks

@Suite struct PeakTests {
  /// Every value tends to 1, so the result is their number: a divisor of the multiply-adds of a repetition.
  @Test(arguments: Kernels.available.map(\.name))
  func everyValueTakesPart(kernels name: String) throws {
    let kernels = try #require(Kernels.available.first { $0.name == name })
    let values = kernels.multiplyAdds(repetitions: 100)
    #expect(values >= 8 && values == values.rounded())
    #expect((Kernels.operationsPerRepetition / 2).isMultiple(of: Int(values)))
    // Before the first repetition they are not 1, after one not yet exactly.
    #expect(kernels.multiplyAdds(repetitions: 0) != values)
  }
}
