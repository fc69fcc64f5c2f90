import Testing

@testable import ReproducibleMath

@Suite struct PhiloxTests {
  /// The known answers published with Random123.
  @Test(arguments: [
    (
      SIMD4<UInt32>(repeating: 0), SIMD2<UInt32>(repeating: 0),
      SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
    ),
    (
      SIMD4<UInt32>(repeating: .max), SIMD2<UInt32>(repeating: .max),
      SIMD4<UInt32>(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
    ),
    (
      SIMD4<UInt32>(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
      SIMD2<UInt32>(0xa409_3822, 0x299f_31d0),
      SIMD4<UInt32>(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
    ),
  ])
  func knownAnswers(counter: SIMD4<UInt32>, key: SIMD2<UInt32>, answer: SIMD4<UInt32>) {
    #expect(Philox4x32.block(counter: counter, key: key) == answer)
  }

  @Test func streamIsTheBlocksOfItsCounter() {
    var stream = RandomStream(seed: 0x299f_31d0_a409_3822, purpose: .shuffling, index: 7)
    let key = SIMD2<UInt32>(0xa409_3822, 0x299f_31d0)
    let words = (0..<12).map { _ in stream.nextWord() }
    for block in 0..<3 {
      let expected = Philox4x32.block(counter: SIMD4(UInt32(block), 0, 2, 7), key: key)
      #expect((0..<4).map { expected[$0] } == Array(words[block * 4..<block * 4 + 4]))
    }
    stream.position = (UInt64(5) << 32 | 3) * 4 + 2
    let far = Philox4x32.block(counter: SIMD4(3, 5, 2, 7), key: key)
    #expect(stream.nextWord() == far[2])
    #expect(stream.nextWord() == far[3])
  }

  @Test func anyPositionCanBeReachedAgain() {
    var stream = RandomStream(seed: 1, purpose: .bootstrap)
    let words = (0..<50).map { _ in stream.nextWord() }
    #expect(stream.position == 50)
    for position in [49, 0, 17, 18, 16, 3] {
      stream.position = UInt64(position)
      #expect(stream.nextWord() == words[position])
    }
    stream.position = 2
    let pair: UInt64 = stream.next()
    #expect(pair == UInt64(words[3]) << 32 | UInt64(words[2]))
  }

  @Test func purposesHaveFixedNumbers() {
    #expect(
      RandomPurpose.allCases.map(\.rawValue) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17, 18, 19, 20, 21, 22])
  }
}
