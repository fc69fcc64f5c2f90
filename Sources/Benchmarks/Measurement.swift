import EnsembleStudies
import SparseNetworks

/// A subject of a measurement.
struct Subject {
  /// Does the given number of units of work.
  let run: (_ units: Int) -> Void
  /// A block holds a multiple of this number of units, unless they take more than a few block lengths.
  var multiple = 1
}

/// Durations of a measurement and its blocks.
package struct MeasurementPlan: Sendable {
  /// Approximate seconds of a block.
  package var block = 0.01
  /// Approximate seconds of all rounds of a comparison.
  package var total: Double
  /// The least number of rounds, however long they take.
  package var rounds = 5

  /// A plan for approximately the given seconds.
  package init(total: Double) { self.total = total }
}

/// Measures subjects in turn.
struct Measurement {
  let plan: MeasurementPlan
  /// A clock in seconds from an arbitrary origin.
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

/// Times of subjects measured in turn, block by block, each block right after one of the reference: a disturbance of the machine
/// slows both, and their ratio stays.
package struct BlockTimes: Sendable, Equatable {
  /// Seconds a unit of each subject: [subject][round].
  package let subjects: [[Double]]
  /// Seconds a unit of the reference, just before: [subject][round].
  package let reference: [[Double]]

  /// Times of given values, at least one round of each subject.
  package init(subjects: [[Double]], reference: [[Double]]) {
    precondition(subjects.map(\.count) == reference.map(\.count) && subjects.allSatisfy { !$0.isEmpty })
    (self.subjects, self.reference) = (subjects, reference)
  }

  /// Median and minimum of a subject's seconds a unit.
  package func seconds(_ subject: Int) -> Timing { Timing(of: subjects[subject]) }

  /// Median and minimum of the reference's seconds a unit, over all rounds.
  package var referenceSeconds: Timing { Timing(of: reference.flatMap { $0 }) }

  /// The median over the rounds of the subject's seconds a unit, divided by the reference's.
  package func ratioToReference(_ subject: Int) -> Double {
    median(zip(subjects[subject], reference[subject]).map { $0 / $1 })
  }
}

/// Median and minimum of repeated measurements of a time (s).
package struct Timing: Sendable, Equatable {
  package let median: Double
  package let minimum: Double

  /// Median and minimum of at least one value.
  package init(of seconds: [Double]) {
    median = Benchmarks.median(seconds)
    minimum = seconds.min() ?? .nan
  }
}

/// The median; NaN if there are no values.
func median(_ values: [Double]) -> Double { Quantiles.median(of: values) ?? .nan }

extension NetworkShape {
  /// Floating-point operations of a forward pass over `batch` samples: 2 a weight and sample. Biases, ReLU and loss
  /// are not counted.
  package func forwardOperations(batch: Int) -> Int { 2 * weightCount * batch }

  /// Floating-point operations of forward, weight gradient and gradient to the hidden layers over `batch` samples. No
  /// gradient flows to the network's input: the first layer's weights and skip columns count twice, not three times.
  /// Biases, loss and optimiser are not counted.
  package func trainingOperations(batch: Int) -> Int {
    let hidden = layers.reduce(0) { $0 + $1.outputs * $1.hiddenColumns }
    return 2 * (2 * weightCount + hidden) * batch
  }
}
