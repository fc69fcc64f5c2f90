/// The moment at which a wait ends, or never.
struct Deadline {
  private let moment: ContinuousClock.Instant?

  /// `timeout` from now; nil never ends, zero and less have ended already.
  init(after timeout: Duration?) {
    // A clock can't count further than some centuries; nobody waits a hundred years.
    let timeout = timeout.flatMap { $0 < .seconds(3_155_760_000) ? $0 : nil }
    moment = timeout.map { ContinuousClock.now.advanced(by: max($0, .zero)) }
  }

  var hasPassed: Bool {
    guard let moment else { return false }
    return ContinuousClock.now >= moment
  }

  /// What is left, as libzmq takes it: -1 for ever, never more than it can count.
  var milliseconds: Int32 {
    guard let moment else { return -1 }
    return ContinuousClock.now.duration(to: moment).wholeMilliseconds
  }
}

extension Duration {
  /// Rounded up, so that a wait is never shorter than asked, and held within 0...Int32.max.
  var wholeMilliseconds: Int32 {
    guard self > .zero else { return 0 }
    let (seconds, attoseconds) = components
    guard seconds < Int64(Int32.max) / 1000 else { return Int32.max }
    return Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}
