import QueueProtocol

/// Leaving of the worker's own accord: after so many jobs, so long without one, or before its time is over.
extension WorkerCore {
  mutating func checkLimits(at now: Instant) {
    if let limit = settings.timeLimit {
      let margin = min(settings.timeMargin, limit / 4)
      if now - started >= limit - margin * 2 { retire() }
      if now - started >= limit - margin {
        effects.append(.note(Note(.info, "leaving: its time is over")))
        return startLeaving(at: now)
      }
    }
    if let patience = settings.idleExit, running == nil, outcomes.isEmpty, case .registered = phase,
      now - lastBusy >= patience
    {
      effects.append(.note(Note(.info, "leaving: there was no job for \(patience.seconds) s")))
      retire()
    }
    leaveIfRetired()
  }

  /// The coordinator gives it no other job.
  mutating func retire() {
    if isRetiring { return }
    isRetiring = true
    effects.append(.send(.retire))
  }

  /// A result is not given up for the sake of leaving.
  mutating func leaveIfRetired() {
    guard isRetiring, running == nil, outcomes.isEmpty, case .registered = phase else { return }
    effects.append(.send(.goodbye))
    exit(.left)
  }
}
