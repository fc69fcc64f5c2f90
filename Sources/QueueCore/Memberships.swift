import QueueProtocol

/// One place of one study.
struct Membership: Hashable, Sendable {
  let study: Int32
  let ordinal: Int32
}

/// The places at which a job stands; nearly always one.
struct Memberships: Sendable {
  private var first: Membership?
  private var others: [Membership] = []

  var count: Int { (first == nil ? 0 : 1) + others.count }

  mutating func add(_ membership: Membership) {
    if first == nil { first = membership } else { others.append(membership) }
  }

  func forEach(_ body: (Membership) -> Void) {
    if let first { body(first) }
    for other in others { body(other) }
  }

  func contains(where condition: (Membership) -> Bool) -> Bool {
    first.map(condition) == true || others.contains(where: condition)
  }
}

/// The running jobs of a study, added up.
struct StudyWork {
  private(set) var stepsPerSecond = 0.0
  private var steps = 0
  /// Of the jobs whose steps in all are known.
  private var totals: (jobs: Int, steps: Int) = (0, 0)

  mutating func add(_ lease: Lease) {
    stepsPerSecond += lease.stepsPerSecond
    steps += lease.step
    if lease.totalSteps > 0 { totals = (totals.jobs + 1, totals.steps + lease.totalSteps) }
  }

  /// The jobs that have not run yet are taken to be like the others in the mean.
  func estimatedSteps(of study: StudyEntry) -> Int? {
    let known = study.counts.finished + totals.jobs
    let wanted = study.total - study.counts.failed - study.counts.cancelled
    guard known > 0, wanted >= known else { return nil }
    // Steps of queued jobs' checkpoints are few beside those of finished ones.
    let sum = Double(max(0, study.steps - steps)) + Double(totals.steps)
    return Int((sum / Double(known) * Double(wanted)).rounded())
  }
}
