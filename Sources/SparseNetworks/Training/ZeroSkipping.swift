import TrainingKernels

/// Decides step by step whether to skip the weights that are zero, by the time that both ways take. Both give the same
/// bits, so only the time depends on the decision.
///
/// The pattern is that of all weights that were not zero at some step of the last periods: a proximal penalty lets a few
/// weights leave zero and come back at every step. A step with a weight outside of it is computed with all weights.
final class ZeroSkipping {
  /// Steps from one decision to the next.
  static let period = 256
  /// Steps of each way that are timed for a decision.
  static let trial = 4
  /// While all weights are faster, only one step in so many looks which are not zero: that costs some percent of a step
  /// of a small network. What the pattern misses so ends in steps with all weights.
  static let noting = 8
  /// A bit for each period that the pattern is made of.
  static let remembered: UInt8 = 0b1111

  /// How a step is computed.
  enum Way: Equatable { case allWeights, skipping }

  /// Steps of this training that skipped the zeros.
  private(set) var skippedSteps = 0
  /// The weights of the pattern; valid while a way is ``Way/skipping``.
  let weights: ActiveWeights

  /// The way that is taken wherever it can be, whatever the times; nil: the faster one.
  var preferred: Way?

  /// All bits for a weight of the pattern, none for another.
  private let isInPattern: AlignedBuffer<UInt32>
  /// The bits of all magnitudes that a weight had in this period.
  private let magnitudes: AlignedBuffer<UInt32>
  /// A bit for each period in which the weight was not always zero.
  private let history: AlignedBuffer<UInt8>
  private let layout: KernelLayout
  private let parameters: AlignedBuffer<Float>
  private var step = 0
  private var isTimed = false
  private var timers = (allWeights: StepTimer(), skipping: StepTimer())

  /// For the packed parameters of a training.
  init(layout: KernelLayout, parameters: AlignedBuffer<Float>) {
    self.parameters = parameters
    self.layout = layout
    weights = ActiveWeights(room: layout)
    isInPattern = AlignedBuffer(count: layout.parameterCount)
    magnitudes = AlignedBuffer(count: layout.parameterCount)
    history = AlignedBuffer(count: layout.parameterCount)
  }

  /// The way of the next step; only steps of a full batch are timed. O(parameters).
  func begin(isFullBatch: Bool) -> Way {
    let place = step % Self.period
    if place == 0 { timers = (StepTimer(), StepTimer()) }
    if place == Self.trial { startPattern() }
    let way = needsNote ? choose(isInside: noteNonzero()) : .allWeights
    isTimed = place < 2 * Self.trial && isFullBatch
    if isTimed {
      switch way {
      case .allWeights: timers.allWeights.start()
      case .skipping: timers.skipping.start()
      }
    }
    return way
  }

  private var needsNote: Bool {
    step % Self.period < 2 * Self.trial || preferred != nil || skippingIsFaster || step % Self.noting == 0
  }

  private var skippingIsFaster: Bool { timers.skipping.shortest < timers.allWeights.shortest }

  private func choose(isInside: Bool) -> Way {
    guard isInside else { return .allWeights }
    if let preferred { return preferred }
    let place = step % Self.period
    if place < 2 * Self.trial { return place < Self.trial ? .allWeights : .skipping }
    return skippingIsFaster ? .skipping : .allWeights
  }

  /// The step is done.
  func end(_ way: Way) {
    if isTimed {
      switch way {
      case .allWeights: timers.allWeights.stop()
      case .skipping: timers.skipping.stop()
      }
    }
    if way == .skipping { skippedSteps += 1 }
    step += 1
  }

  private func startPattern() {
    let (pattern, seen, history) = (isInPattern.pointer, magnitudes.pointer, history.pointer)
    for k in 0..<isInPattern.count {
      let recent = (history[k] << 1 | (seen[k] == 0 ? 0 : 1)) & Self.remembered
      history[k] = recent
      seen[k] = 0
      pattern[k] = recent == 0 ? 0 : .max
    }
    weights.fill(layout: layout, isActive: history)
  }

  /// Adds what is not zero to the next pattern; whether all of it is in the present one.
  private func noteNonzero() -> Bool {
    // Packed parameters fill whole vectors of 16. A loop over single ones took a fifth of a training's time.
    typealias Bits = SIMD16<UInt32>
    let values = UnsafeRawPointer(parameters.pointer)
    let (pattern, seen) = (UnsafeRawPointer(isInPattern.pointer), UnsafeMutableRawPointer(magnitudes.pointer))
    let stride = MemoryLayout<Bits>.size
    let bytes = parameters.count * MemoryLayout<Float>.size
    // −0 is zero, too.
    let withoutSign = Bits(repeating: 0x7fff_ffff)
    var outside = Bits()
    var offset = 0
    while offset &+ stride <= bytes {
      let magnitude = values.load(fromByteOffset: offset, as: Bits.self) & withoutSign
      let before = seen.load(fromByteOffset: offset, as: Bits.self)
      seen.storeBytes(of: before | magnitude, toByteOffset: offset, as: Bits.self)
      outside |= magnitude & ~pattern.load(fromByteOffset: offset, as: Bits.self)
      offset &+= stride
    }
    return outside == Bits()
  }
}
