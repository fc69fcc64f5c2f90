import Testing

@testable import Benchmarks

@Suite struct BlockTimesTests {
  /// In the second round the machine was ten times slower; the ratios don't see it.
  @Test func ratiosAreOfNeighbouringBlocks() {
    let times = BlockTimes(
      subjects: [[2, 20, 3], [5, 50, 4]], reference: [[1, 10, 1], [2, 20, 2]])
    #expect(times.ratioToReference(0) == 2)
    #expect(times.ratioToReference(1) == 2.5)
    #expect(times.seconds(0) == Timing(of: [2, 3, 20]))
    #expect(times.seconds(0).median == 3)
    #expect(times.seconds(1).minimum == 4)
    #expect(times.referenceSeconds.median == 2)
    #expect(times.referenceSeconds.minimum == 1)
  }

  @Test func medianOfAnEvenNumberIsInTheMiddle() {
    #expect(median([4, 1, 3, 2]) == 2.5)
    #expect(median([]).isNaN)
  }
}
