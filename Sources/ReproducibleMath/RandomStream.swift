/// A sequence of random numbers with random access, the same on every host.
///
/// Word `p` of a stream is word `p % 4` of the Philox block with the key (seed low, seed high) and the counter
/// (block low, block high, purpose, index), block = p / 4. A stream holds 2^64 words; it wraps after the last.
///
/// Swift's own `shuffled(using:)` and `Int.random(in:using:)` accept a stream, but how they use its words may
/// change with the standard library; ``shuffle(_:)`` and ``integer(in:)`` are fixed.
package struct RandomStream: RandomNumberGenerator, Sendable {
  private let key: SIMD2<UInt32>
  private let purpose: UInt32
  private let index: UInt32
  private var words = SIMD4<UInt32>()
  /// Blocks have 62 bits, so that this value is none of them.
  private var blockOfWords = UInt64.max

  /// The position of the next 32-bit word. Set it to go to any point of the stream in O(1).
  package var position: UInt64 = 0

  /// The stream of a seed, a purpose, and an index within the purpose (a layer, an epoch, a trajectory; default
  /// 0), at position 0. Streams that differ in any of the three never share a counter and key.
  package init(seed: UInt64, purpose: RandomPurpose, index: UInt32 = 0) {
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    self.purpose = purpose.rawValue
    self.index = index
  }

  /// The next 32 random bits.
  package mutating func nextWord() -> UInt32 {
    let block = position >> 2
    if block != blockOfWords {
      let counter = SIMD4(
        UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32), purpose, index)
      words = Philox4x32.block(counter: counter, key: key)
      blockOfWords = block
    }
    let word = words[Int(position & 3)]
    position &+= 1
    return word
  }

  /// The next 64 random bits: two words, the low one first.
  package mutating func next() -> UInt64 {
    let low = UInt64(nextWord())
    return UInt64(nextWord()) << 32 | low
  }

  /// A uniform number in the open interval (0, 1), from two words.
  ///
  /// One of the 2^52 midpoints (k + 1/2) / 2^52: each is exact, neither 0 nor 1 occurs, and u and 1 - u are
  /// equally probable.
  package mutating func uniform() -> Double {
    let bits: UInt64 = next()
    return (Double(bits >> 12) + 0.5) * 0x1p-52
  }

  /// A uniform integer of a closed range, without bias.
  ///
  /// From the high half of word times count; words that would favour some results are rejected (Lemire, "Fast
  /// random integer generation in an interval", 2019). A range of at most 2^32 integers takes one word a try, a
  /// larger one two; fewer than one try in two is rejected.
  package mutating func integer(in range: ClosedRange<Int>) -> Int {
    let span = UInt64(bitPattern: Int64(range.upperBound)) &- UInt64(bitPattern: Int64(range.lowerBound))
    let offset: UInt64
    if span <= UInt64(UInt32.max) {
      offset = span == UInt64(UInt32.max) ? UInt64(nextWord()) : UInt64(below(UInt32(span) + 1))
    } else {
      offset = span == UInt64.max ? next() : below(span + 1)
    }
    return Int(truncatingIfNeeded: UInt64(bitPattern: Int64(range.lowerBound)) &+ offset)
  }

  /// A number of the standard normal distribution, from two words: the inverse distribution function of one
  /// uniform number (see ``Reproducible/normalQuantile(_:)``). At most 8.21 in magnitude.
  package mutating func normal() -> Double {
    Reproducible.normalQuantile(uniform())
  }

  /// Brings the elements into a random order, each order with the same probability: Fisher and Yates' shuffle
  /// from the last element down; O(n), one integer an element.
  package mutating func shuffle<Elements: MutableCollection & RandomAccessCollection>(
    _ elements: inout Elements
  )
  where Elements.Index == Int {
    guard elements.count > 1 else { return }
    let first = elements.startIndex
    for last in stride(from: elements.endIndex - 1, to: first, by: -1) {
      elements.swapAt(last, integer(in: first...last))
    }
  }

  private mutating func below(_ count: UInt32) -> UInt32 {
    let rejected = (0 &- count) % count
    while true {
      let product = nextWord().multipliedFullWidth(by: count)
      if product.low >= rejected { return product.high }
    }
  }

  private mutating func below(_ count: UInt64) -> UInt64 {
    let rejected = (0 &- count) % count
    while true {
      let word: UInt64 = next()
      let product = word.multipliedFullWidth(by: count)
      if product.low >= rejected { return product.high }
    }
  }
}
