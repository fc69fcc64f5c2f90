import Foundation
import StudyFiles

extension SelectionRule {
  /// How much larger than the least an error may be for a weight to be among those of which the most stable is chosen.
  static var tolerance: Double { 2 }

  /// The candidate that the rule chooses, and why; of equals the one with the larger weight. nil if a candidate has no
  /// error. `target`: whose weights they are.
  func choice(among candidates: [PathStatistics.Candidate], of target: PenaltyPath.Target = .l1) -> (
    index: Int, reason: String
  )? {
    let errors = candidates.compactMap(\.error)
    guard errors.count == candidates.count,
      let least = candidates.indices.min(by: {
        (errors[$0], -candidates[$0].weight) < (errors[$1], -candidates[$1].weight)
      })
    else { return nil }
    let best = "the least mean error on the validation trajectories is \(text(errors[least])), "
    let bestWeight = "of \(target.rawValue) weight \(text(candidates[least].weight))"
    switch self {
    case .minError:
      return (least, capitalised(best) + bestWeight + ".")
    case .oneStandardError:
      let limit = errors[least] + (candidates[least].standardError ?? 0)
      let within = candidates.indices.filter { errors[$0] <= limit }
      guard let chosen = within.max(by: { candidates[$0].weight < candidates[$1].weight }) else { return nil }
      return (
        chosen,
        capitalised(best) + bestWeight + ", with a standard error of "
          + "\(text(candidates[least].standardError ?? 0)); \(text(candidates[chosen].weight)) is the largest weight "
          + "whose error, \(text(errors[chosen])), is at most their sum, \(text(limit))."
      )
    case .mostStableStructure:
      let limit = Self.tolerance * errors[least]
      let within = candidates.indices.filter { errors[$0] <= limit }
      func stability(_ index: Int) -> (Double, Double) {
        (candidates[index].similarity ?? 0, candidates[index].weight)
      }
      guard let chosen = within.max(by: { stability($0) < stability($1) }) else { return nil }
      return (
        chosen,
        capitalised(best) + bestWeight
          + "; of the weights with at most \(text(Self.tolerance)) times that error, "
          + "\(text(candidates[chosen].weight)) has the members that agree most in their learned input features "
          + "(mean Jaccard similarity \(text(stability(chosen).0)))."
      )
    }
  }

  private func text(_ value: Double) -> String { String(format: "%.3g", value) }

  private func capitalised(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
