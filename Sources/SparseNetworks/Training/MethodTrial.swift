/// Chooses the method of each layer under a mask by the time that steps take: the trial begins with all layers sparse and
/// all layers dense, and continues from the faster of these, changing one layer after the other. Both methods give the same
/// bits, so only the time depends on the choice.
struct MethodTrial {
  /// Steps from one trial to the next: another program may have begun to use the caches.
  static let period = 8192
  /// Steps of each choice that are timed.
  static let steps = 8
  /// A choice that takes this much longer than the best so far, in the first two steps, isn't tried further.
  static let hopeless = 1.5

  /// The choice that is taken whatever the times; nil: the fastest.
  var preferred: [LayerMethod]?

  private let layerCount: Int
  private var best: [LayerMethod]
  private var shortest = Double.infinity
  private let clock: () -> Double
  private var timer: StepTimer
  private var candidate: [LayerMethod]
  /// The number of the present candidate in the trial: all sparse, all dense, then one for each layer.
  private var trial = 0
  private var step = 0
  private var isTimed = false

  /// For a network of that many layers, with a clock in seconds.
  init(layerCount: Int, clock: @escaping () -> Double = StepTimer.monotonicClock) {
    (self.layerCount, self.clock) = (layerCount, clock)
    timer = StepTimer(clock: clock)
    candidate = Array(repeating: .sparse, count: layerCount)
    best = candidate
  }

  /// The choice for the next step.
  var methods: [LayerMethod] { preferred ?? (isTrying ? candidate : best) }

  private var isTrying: Bool { trial < candidateCount }

  private var candidateCount: Int { layerCount == 1 ? 2 : 2 + layerCount }

  /// The step begins, with ``methods``; only steps of a full batch are timed.
  mutating func begin(isFullBatch: Bool) {
    isTimed = isTrying && isFullBatch
    if isTimed { timer.start() }
  }

  /// The step is done.
  mutating func end() {
    if isTimed {
      timer.stop()
      let isHopeless = timer.count >= 2 && timer.shortest > Self.hopeless * shortest
      if isHopeless || timer.count == Self.steps { judge() }
    }
    step += 1
    if step % Self.period == 0 { start() }
  }

  private mutating func start() {
    trial = 0
    shortest = .infinity
    candidate = Array(repeating: .sparse, count: layerCount)
  }

  private mutating func judge() {
    if timer.shortest < shortest { (best, shortest) = (candidate, timer.shortest) }
    timer = StepTimer(clock: clock)
    trial += 1
    guard isTrying else { return }
    if trial == 1 {
      candidate = Array(repeating: .dense, count: layerCount)
    } else {
      candidate = best
      candidate[trial - 2] = best[trial - 2] == .sparse ? .dense : .sparse
    }
  }
}
