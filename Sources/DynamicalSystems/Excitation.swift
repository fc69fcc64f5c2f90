import ReproducibleMath

/// The inputs of one trajectory, sample after sample.
package protocol InputGenerator {
  /// The input u of the next sample, m values, beginning with sample 0, in which the system is in the state x.
  mutating func next(_ x: [Double]) -> [Double]
}

/// The random numbers of one trajectory's excitation.
package struct ExcitationStreams: Sendable {
  let seed: UInt64
  let trajectory: UInt32
  let position: UInt64

  /// A stream for the input with this number, 0, 1, ...; streams of different inputs, trajectories and seeds are independent.
  package func input(_ number: Int) -> RandomStream {
    var seeds = RandomStream(seed: seed, purpose: .excitation, index: UInt32(number))
    return stream(seed: seeds.next(), .excitation)
  }

  /// The stream of a purpose that belongs to one system.
  func stream(_ purpose: RandomPurpose) -> RandomStream { stream(seed: seed, purpose) }

  private func stream(seed: UInt64, _ purpose: RandomPurpose) -> RandomStream {
    var stream = RandomStream(seed: seed, purpose: purpose, index: trajectory)
    stream.position = position
    return stream
  }
}

/// An amplitude-modulated pseudo-random binary sequence (APRBS): an integer that is held for a random number of
/// samples, then drawn again. It is 0 until its first change.
package struct APRBS: Sendable {
  private var stream: RandomStream
  private let amplitudes: ClosedRange<Int>
  private let holdTimes: ClosedRange<Int>
  private var value = 0
  private var samplesLeft: Int

  /// A sequence. The first change is at sample T, T drawn from `holdTimes` (samples, >= 1); at each change the
  /// value is drawn first, then the number of samples for which it is held.
  package init(_ stream: RandomStream, amplitudes: ClosedRange<Int>, holdTimes: ClosedRange<Int>) {
    self.stream = stream
    self.amplitudes = amplitudes
    self.holdTimes = holdTimes
    samplesLeft = self.stream.integer(in: holdTimes)
  }

  /// The value at the next sample, beginning with sample 0.
  package mutating func next() -> Int {
    if samplesLeft == 0 {
      value = stream.integer(in: amplitudes)
      samplesLeft = stream.integer(in: holdTimes)
    }
    samplesLeft -= 1
    return value
  }
}

/// Impulses of one sample and random height at random intervals; 0 in between.
package struct ImpulseSequence: Sendable {
  private var stream: RandomStream
  private let heights: ClosedRange<Int>
  private let intervals: ClosedRange<Int>
  private var samplesLeft: Int

  /// A sequence. The first impulse is at sample T, T drawn from `firstTimes` (samples, >= 0); at each impulse the
  /// height is drawn first, then the number of samples to the next (>= 1).
  package init(
    _ stream: RandomStream, heights: ClosedRange<Int>, firstTimes: ClosedRange<Int>,
    intervals: ClosedRange<Int>
  ) {
    self.stream = stream
    self.heights = heights
    self.intervals = intervals
    samplesLeft = self.stream.integer(in: firstTimes)
  }

  /// The value at the next sample, beginning with sample 0.
  package mutating func next() -> Int {
    guard samplesLeft == 0 else {
      samplesLeft -= 1
      return 0
    }
    let height = stream.integer(in: heights)
    samplesLeft = stream.integer(in: intervals) - 1
    return height
  }
}
