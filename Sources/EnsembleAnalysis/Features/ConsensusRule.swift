import EnsembleStudies
import Foundation

/// Rules by which an ensemble's consensus features are chosen. None looks at the truth.
package enum ConsensusRule: String, Codable, CaseIterable, Sendable {
  /// A sensitivity above the member's own error of that output, one step ahead, in at least nine of ten members: what
  /// an input does then can be told from what the network gets wrong.
  case aboveError = "above-error"
  /// Reliability of at least 0.9, the conventional limit of "excellent" (Koo & Li 2016).
  case reliability90 = "reliability-0.9"
  /// Reliability above the middle of the largest gap between the cells' reliabilities, but at least 0.5.
  case reliabilityGap = "reliability-gap"
  /// A median sensitivity above the largest gap between the logarithms of the cells' sensitivities.
  case sensitivityGap = "sensitivity-gap"
  /// A median sensitivity above Otsu's (1979) threshold of the cells' logarithms.
  case sensitivityOtsu = "sensitivity-otsu"
  /// A sensitivity of at least 0.1 in more than half of the members.
  case sensitivityMajority = "sensitivity-majority"
  /// Reached through the weights left in more than half of the members.
  case reachMajority = "reach-majority"

  /// The rule that the report uses.
  package static let primary = ConsensusRule.aboveError

  /// The rule in words.
  package var words: String {
    switch self {
    case .aboveError:
      "a sensitivity above the member's own one-step error of the output in at least nine of ten members"
    case .reliabilityGap:
      "a reliability above the middle of the largest gap between the pairs' reliabilities (at least 0.5)"
    case .reliability90: "a reliability of at least 0.9, by convention “excellent” (Koo & Li 2016)"
    case .sensitivityGap: "a median sensitivity above the largest gap of the logarithms"
    case .sensitivityOtsu: "a median sensitivity above Otsu's threshold of the logarithms"
    case .sensitivityMajority: "a sensitivity of at least 0.1 in more than half of the members"
    case .reachMajority: "reached through the weights left in more than half of the members"
    }
  }
}

/// The inputs that an ensemble as a whole has found for each output, by one rule.
package struct ConsensusFeatures: Codable, Equatable, Sendable {
  /// The rule.
  package var rule: ConsensusRule
  /// The threshold that the rule chose or states.
  package var threshold: Double
  /// [outputs][inputs]
  package var features: [[Bool]]

  /// Chooses the features of an ensemble.
  ///
  /// - Parameters:
  ///   - sensitivities: of all members.
  ///   - reached: [members][outputs][inputs], reachability.
  package init(_ rule: ConsensusRule, _ sensitivities: Sensitivities, reached: [[[Bool]]]) {
    self.rule = rule
    let cells = sensitivities.outputs * sensitivities.inputs
    let half = Double(max(1, sensitivities.byMember.count)) / 2
    let values: [Double]
    switch rule {
    case .aboveError: values = sensitivities.overError
    case .reliabilityGap, .reliability90:
      values = sensitivities.reliability
    case .sensitivityGap, .sensitivityOtsu:
      values = (0..<cells).map { cell in
        Quantiles.median(of: sensitivities.byMember.map { $0[cell] }) ?? 0
      }
    case .sensitivityMajority:
      values = (0..<cells).map { cell in
        Double(sensitivities.byMember.count { $0[cell] >= Self.relevant }) / (2 * half)
      }
    case .reachMajority:
      values = (0..<cells).map { cell in
        let (output, input) = (cell / sensitivities.inputs, cell % sensitivities.inputs)
        return Double(reached.count { $0[output][input] }) / (2 * half)
      }
    }
    let used = values.filter { $0 > 0 }
    switch rule {
    case .reliabilityGap: threshold = Self.gap(used.map { min(1, $0) }, atLeast: 0.5)
    case .aboveError: threshold = 1
    case .reliability90: threshold = 0.9
    case .sensitivityGap: threshold = exp(Self.gap(used.map { log($0) }, atLeast: -.infinity))
    case .sensitivityOtsu: threshold = exp(Self.otsu(used.map { log($0) }))
    case .sensitivityMajority, .reachMajority: threshold = 0.5
    }
    let limit = threshold
    features = (0..<sensitivities.outputs).map { output in
      (0..<sensitivities.inputs).map { values[output * sensitivities.inputs + $0] > limit }
    }
  }

  /// A sensitivity that counts: a tenth of a standard deviation of the output for one of the input.
  package static let relevant = 0.1

  /// The middle of the largest gap between neighbours of which it is at least `least`; `least` if there is none.
  static func gap(_ values: [Double], atLeast least: Double) -> Double {
    let sorted = values.sorted()
    let gaps = zip(sorted, sorted.dropFirst()).map { (size: $1 - $0, middle: ($0 + $1) / 2) }
    let best = gaps.filter { $0.middle >= least }.max { $0.size < $1.size }
    return best?.middle ?? (least.isFinite ? least : (sorted.first ?? 0) - 1)
  }

  /// The split of values into two groups with the largest variance between them (Otsu 1979). O(n log n).
  static func otsu(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard sorted.count >= 2 else { return (sorted.first ?? 0) - 1 }
    let total = sorted.reduce(0, +)
    var best = (variance: -1.0, split: sorted[0])
    var below = 0.0
    for index in 1..<sorted.count {
      below += sorted[index - 1]
      let (low, high) = (Double(index), Double(sorted.count - index))
      let difference = below / low - (total - below) / high
      let variance = low * high * difference * difference
      if variance > best.variance { best = (variance, (sorted[index - 1] + sorted[index]) / 2) }
    }
    return best.split
  }
}
