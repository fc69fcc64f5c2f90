import QueueProtocol

/// Steps per second over the last seconds.
struct StepRate {
  private var samples: [(at: Instant, steps: Int)] = []

  /// Adds a sample; those that come within half a second of the last are left out.
  mutating func add(_ steps: Int, at now: Instant) {
    if let last = samples.last, now - last.at < .milliseconds(500) { return }
    samples.append((now, steps))
    if samples.count > 12 { samples.removeFirst() }
  }

  var perSecond: Double {
    guard let first = samples.first, let last = samples.last, last.at > first.at else { return 0 }
    return Double(last.steps - first.steps) / (last.at - first.at).seconds
  }
}
