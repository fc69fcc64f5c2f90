import EnsembleStudies

/// Times of things that were measured in turn, block by block, each block right after one of the reference: what slows
/// the machine down for a while slows both, and their ratio stays.
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

/// What is left of repeated measurements of a time (s).
package struct Timing: Sendable, Equatable {
  /// The median.
  package let median: Double
  /// The least.
  package let minimum: Double

  /// Median and minimum of at least one value.
  package init(of seconds: [Double]) {
    median = Benchmarks.median(seconds)
    minimum = seconds.min() ?? .nan
  }
}

/// The median; NaN if there are no values.
func median(_ values: [Double]) -> Double { Quantiles.median(of: values) ?? .nan }
