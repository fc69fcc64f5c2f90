import Testing

@testable import ReproducibleMath

@Suite struct RandomStreamTests {
  @Test func uniformNumbersFillTheOpenInterval() {
    var stream = RandomStream(seed: 42, purpose: .sampling)
    var bins = [Int](repeating: 0, count: 100)
    for _ in 0..<200_000 {
      let u = stream.uniform()
      #expect(u > 0 && u < 1)
      bins[Int(u * 100)] += 1
    }
    // Chi-squared with 99 degrees of freedom: mean 99, standard deviation 14.
    let chiSquared = bins.reduce(0.0) { $0 + (Double($1) - 2000) * (Double($1) - 2000) / 2000 }
    #expect(chiSquared > 50 && chiSquared < 160)
  }

  @Test func integersReachBothEndsWithoutBias() {
    var stream = RandomStream(seed: 3, purpose: .current)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[stream.integer(in: -3...3) + 3] += 1 }
    #expect(counts.allSatisfy { abs($0 - 10_000) < 400 })
    #expect(stream.integer(in: 5...5) == 5)
  }

  /// Three quarters of 2^32 results: without rejection, half of them would be multiples of three.
  @Test func largeCountsAreUnbiased() {
    var stream = RandomStream(seed: 4, purpose: .sampling)
    let count = 3 << 30
    let multiples = (0..<30_000).count { _ in stream.integer(in: 0...count - 1).isMultiple(of: 3) }
    #expect(abs(multiples - 10_000) < 400)
  }

  /// Three eighths of 2^64 results: without rejection, a quarter of them would be 2 modulo 3.
  @Test func veryLargeCountsAreUnbiased() {
    var stream = RandomStream(seed: 5, purpose: .sampling)
    let low = -(1 << 61)
    let twos = (0..<30_000).count { _ in (stream.integer(in: low...low + (3 << 61) - 1) - low) % 3 == 2 }
    #expect(abs(twos - 10_000) < 400)
  }

  @Test func extremeRanges() {
    var stream = RandomStream(seed: 5, purpose: .sampling)
    var twin = stream
    let bits: UInt64 = twin.next()
    #expect(stream.integer(in: .min ... .max) == Int(truncatingIfNeeded: bits &+ 1 << 63))
    #expect(stream.integer(in: 0...Int(UInt32.max)) == Int(twin.nextWord()))
    #expect(stream.integer(in: .max ... .max) == .max)
  }

  @Test func normalNumbersHaveTheMomentsOfTheNormalDistribution() {
    var stream = RandomStream(seed: 6, purpose: .initialisation)
    let count = 200_000
    var sums = (0.0, 0.0, 0.0, 0.0)
    for _ in 0..<count {
      let x = stream.normal()
      sums = (sums.0 + x, sums.1 + x * x, sums.2 + x * x * x, sums.3 + x * x * x * x)
    }
    let n = Double(count)
    #expect(abs(sums.0 / n) < 0.01)
    #expect(abs(sums.1 / n - 1) < 0.015)
    #expect(abs(sums.2 / n) < 0.04)
    #expect(abs(sums.3 / n - 3) < 0.1)
  }

  @Test func shuffleGivesEveryOrderEqually() {
    var stream = RandomStream(seed: 7, purpose: .shuffling)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<24_000 {
      var order = [0, 1, 2, 3]
      stream.shuffle(&order)
      counts[order, default: 0] += 1
    }
    #expect(counts.count == 24)
    #expect(counts.values.allSatisfy { abs($0 - 1000) < 160 })
    var slice = Array(0..<10)[4..<7]
    stream.shuffle(&slice)
    #expect(slice.sorted() == [4, 5, 6])
  }

  /// Numbers that must never change, on any host or with any compiler.
  @Test func goldenNumbers() {
    var stream = RandomStream(seed: 2026, purpose: .initialisation, index: 1)
    let integers = (0..<6).map { _ in stream.integer(in: 100...1100) }
    let uniforms = (0..<2).map { _ in stream.uniform().bitPattern }
    let normals = (0..<3).map { _ in stream.normal().bitPattern }
    #expect(integers == [890, 954, 925, 370, 1085, 999])
    #expect(uniforms == [4_603_833_011_180_187_231, 4_599_507_880_289_752_246])
    #expect(normals == [13_825_599_652_085_084_686, 13_828_389_487_786_491_991, 4_611_838_048_622_538_342])
  }
}
