import DynamicalSystems
import ReproducibleMath
import Testing

@Suite struct ExcitationTests {
  @Test func heldValuesFollowTheStream() {
    var draws = RandomStream(seed: 9, purpose: .current)
    var signal = APRBS(draws, amplitudes: 1...50, holdTimes: 3...6)
    var expected = [Int](repeating: 0, count: draws.integer(in: 3...6))
    while expected.count < 200 {
      let value = draws.integer(in: 1...50)
      expected += [Int](repeating: value, count: draws.integer(in: 3...6))
    }
    let values = (0..<200).map { _ in signal.next() }
    #expect(values == Array(expected.prefix(200)))
  }

  @Test func impulsesLastOneSample() {
    var draws = RandomStream(seed: 10, purpose: .aluminaImpulse)
    var signal = ImpulseSequence(draws, heights: 5...9, firstTimes: 0...4, intervals: 2...7)
    var expected = [Int](repeating: 0, count: 200)
    var time = draws.integer(in: 0...4)
    while time < 200 {
      expected[time] = draws.integer(in: 5...9)
      time += draws.integer(in: 2...7)
    }
    let values = (0..<200).map { _ in signal.next() }
    #expect(values == expected)
  }
}
