/// What a study says of a claim.
package struct Verdict: Sendable, Equatable {
  /// The outcome of a test.
  package enum Outcome: String, Sendable, CaseIterable {
    /// The whole interval is on the claim's side of the limit.
    case supported = "supported"
    /// The whole interval is on the other side.
    case notSupported = "not supported"
    /// The interval contains the limit, or the study lacks what the test needs.
    case undecided = "undecided"
  }

  /// The claim.
  package var claim: String
  /// What it was tested on: variants.
  package var subject: String
  /// The numbers, in words.
  package var numbers: String
  /// The test: quantity, interval and limit.
  package var test: String
  /// The outcome.
  package var outcome: Outcome

  /// A verdict.
  package init(claim: String, subject: String, numbers: String, test: String, outcome: Outcome) {
    (self.claim, self.subject, self.numbers) = (claim, subject, numbers)
    (self.test, self.outcome) = (test, outcome)
  }

  /// Whether an interval lies wholly below a limit (supported), wholly at or above it, or contains it.
  package static func isBelow(_ interval: Interval?, _ limit: Double) -> Outcome {
    guard let interval, !interval.lower.isNaN, !interval.upper.isNaN else { return .undecided }
    return interval.upper < limit ? .supported : interval.lower >= limit ? .notSupported : .undecided
  }

  /// Whether an interval lies wholly above a limit (supported), wholly at or below it, or contains it.
  package static func isAbove(_ lower: Double, _ upper: Double, _ limit: Double) -> Outcome {
    lower > limit ? .supported : upper <= limit ? .notSupported : .undecided
  }

  /// Both, as far as they are decided: supported if both are, not supported if one is not.
  package static func both(_ first: Outcome, _ second: Outcome) -> Outcome {
    if first == .notSupported || second == .notSupported { return .notSupported }
    return first == .supported && second == .supported ? .supported : .undecided
  }
}
