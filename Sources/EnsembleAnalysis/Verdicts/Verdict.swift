/// What a study says of a claim.
public struct Verdict: Sendable, Equatable {
  /// The outcome of a test.
  public enum Outcome: String, Sendable, CaseIterable {
    /// The whole interval is on the claim's side of the limit.
    case supported = "supported"
    /// The whole interval is on the other side.
    case notSupported = "not supported"
    /// The interval contains the limit, or the study lacks what the test needs.
    case undecided = "undecided"
  }

  /// The claim.
  public var claim: String
  /// What it was tested on: variants.
  public var subject: String
  /// The numbers, in words.
  public var numbers: String
  /// The test: quantity, interval and limit.
  public var test: String
  /// The outcome.
  public var outcome: Outcome

  /// A verdict.
  public init(claim: String, subject: String, numbers: String, test: String, outcome: Outcome) {
    (self.claim, self.subject, self.numbers) = (claim, subject, numbers)
    (self.test, self.outcome) = (test, outcome)
  }

  /// Whether an interval lies wholly below a limit (supported), wholly at or above it, or contains it.
  public static func isBelow(_ interval: Interval?, _ limit: Double) -> Outcome {
    guard let interval, !interval.lower.isNaN, !interval.upper.isNaN else { return .undecided }
    return interval.upper < limit ? .supported : interval.lower >= limit ? .notSupported : .undecided
  }

  /// Whether an interval lies wholly above a limit (supported), wholly at or below it, or contains it.
  public static func isAbove(_ lower: Double, _ upper: Double, _ limit: Double) -> Outcome {
    lower > limit ? .supported : upper <= limit ? .notSupported : .undecided
  }

  /// Both, as far as they are decided: supported if both are, not supported if one is not.
  public static func both(_ first: Outcome, _ second: Outcome) -> Outcome {
    if first == .notSupported || second == .notSupported { return .notSupported }
    return first == .supported && second == .supported ? .supported : .undecided
  }
}
