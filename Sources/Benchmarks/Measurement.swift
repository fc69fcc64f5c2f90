/// Something whose speed is measured.
struct Subject {
  /// Does so many units of work.
  let run: (_ units: Int) -> Void
  /// A block holds a multiple of so many units, if they take no more than a few block lengths.
  var multiple = 1
}

/// How long and in what portions is measured.
package struct MeasurementPlan: Sendable {
  /// Seconds of a block, about.
  package var block = 0.01
  /// Seconds for all rounds of a comparison, about.
  package var total: Double
  /// Rounds, even if they take longer.
  package var rounds = 5

  /// A plan that takes about so many seconds.
  package init(total: Double) { self.total = total }
}

/// Measures things in turn.
struct Measurement {
  let plan: MeasurementPlan
  /// Seconds from some moment on.
  var clock: () -> Double = Self.monotonicClock()

  /// Measures the subjects in turn: each after a block of its own that isn't counted, so that the caches hold of its data
  /// what they hold in a run of nothing else, and one of the reference.
  func times(of subjects: [Subject], reference: Subject) -> BlockTimes {
    let referenceUnits = units(of: reference)
    let subjectUnits = subjects.map { units(of: $0) }
    var times = subjects.map { _ in (subject: [Double](), reference: [Double]()) }
    let start = clock()
    var round = 0
    while round < plan.rounds || clock() - start < plan.total {
      for index in subjects.indices {
        _ = time(subjects[index], subjectUnits[index])
        times[index].reference.append(time(reference, referenceUnits))
        times[index].subject.append(time(subjects[index], subjectUnits[index]))
      }
      round += 1
    }
    return BlockTimes(subjects: times.map(\.subject), reference: times.map(\.reference))
  }

  /// Seconds a unit.
  private func time(_ subject: Subject, _ units: Int) -> Double {
    let start = clock()
    subject.run(units)
    return (clock() - start) / Double(units)
  }

  /// The units that fill a block, found by doubling; it warms up, too.
  private func units(of subject: Subject) -> Int {
    var units = 1
    var each = time(subject, units)
    while each * Double(units) < plan.block / 2 {
      units *= 2
      each = time(subject, units)
    }
    if subject.multiple > 1, each * Double(subject.multiple) < 4 * plan.block {
      return max(1, Int(plan.block / each) / subject.multiple) * subject.multiple
    }
    return max(1, Int(plan.block / each))
  }

  /// Seconds since this call.
  static func monotonicClock() -> () -> Double {
    let start = ContinuousClock.now
    return { (ContinuousClock.now - start) / .seconds(1) }
  }
}
