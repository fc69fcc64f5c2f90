import Foundation
import StudyFiles
import TrajectoryData

/// A penalty path, or a list of numbers of hidden states, what its weights gave on the validation trajectories, and which of them is chosen for what reason.
///
/// Test trajectories play no part in it.
package struct PathStatistics: Codable, Equatable, Sendable {
  /// Name of the path: that with which its variants' names begin.
  package var path: String
  /// The rule.
  package var rule: SelectionRule
  /// Present and `hiddenStates` if the weights are numbers of hidden states.
  package var target: PenaltyPath.Target?
  /// The window over which errors are averaged: the study's longest.
  package var window: ForecastWindow
  /// Number of validation trajectories with steps in the window.
  package var validationTrajectories: Int
  /// The weights, in the order of the study file.
  package var candidates: [Candidate]
  /// The variant that is chosen; nil as long as a candidate has no member.
  package var chosen: String?
  /// Why, in a sentence.
  package var reason: String

  /// Results of one weight of a path.
  package struct Candidate: Codable, Equatable, Sendable {
    /// The variant.
    package var variant: String
    /// Its weight of the penalty, or number of hidden states.
    package var weight: Double
    /// Mean over the validation trajectories of the mean over members of AN-RFMAE; a forecast that blew up, and all
    /// those of a member that failed, count with the blow-up limit. nil without forecasts.
    package var error: Double?
    /// Standard error of that mean, over the trajectories; for numbers of hidden states over trajectories and members, both
    /// drawn independently, because members of the same number differ by more than trajectories do. nil with fewer than two.
    package var standardError: Double?
    /// Validation forecasts that blew up.
    package var blowUps: Proportion
    /// Weights that are left.
    package var weightsLeft: Summary
    /// Mean Jaccard similarity of the learned input features, lag by lag, of two members; nil with fewer than two.
    package var similarity: Double?

    private enum CodingKeys: String, CodingKey {
      case variant, weight, error, standardError, blowUps, weightsLeft, similarity
    }

    /// A candidate of given values.
    package init(
      variant: String, weight: Double, error: Double?, standardError: Double?, blowUps: Proportion,
      weightsLeft: Summary, similarity: Double?
    ) {
      self.variant = variant
      self.weight = weight
      self.error = error
      self.standardError = standardError
      self.blowUps = blowUps
      self.weightsLeft = weightsLeft
      self.similarity = similarity
    }

    /// Writes every key, null where there is no value.
    package func encode(to encoder: any Encoder) throws {
      var object = encoder.container(keyedBy: CodingKeys.self)
      try object.encode(variant, forKey: .variant)
      try object.encode(weight, forKey: .weight)
      try object.encodeFinite(error, forKey: .error)
      try object.encodeFinite(standardError, forKey: .standardError)
      try object.encode(blowUps, forKey: .blowUps)
      try object.encode(weightsLeft, forKey: .weightsLeft)
      try object.encodeFinite(similarity, forKey: .similarity)
    }
  }
}

extension PathStatistics {
  /// The statistics of all penalty paths of a study, size by size; nil if it has none.
  package static func paths(
    of study: Study, windows: [ForecastWindow], records: [MemberRecord]
  ) -> [PathStatistics]? {
    guard let window = windows.max(by: { $0.to - $0.from < $1.to - $1.from }) else { return nil }
    let byVariant = Dictionary(grouping: records, by: \.variant)
    let paths = study.grids.flatMap { grid -> [PathStatistics] in
      guard let path = grid.path else { return [] }
      return grid.points.map { point in
        PathStatistics(
          point.name, path, window,
          members: point.variants.map { ($0.name, byVariant[$0.name] ?? []) })
      }
    }
    guard let rule = study.choice else { return paths.isEmpty ? nil : paths }
    let members = study.variants.map { ($0.name, byVariant[$0.name] ?? []) }
    let weights = members.map { _, records in
      Summary(of: records.compactMap(\.trained).map { $0.weightsLeft.reduce(0, +) }).mean ?? 0
    }
    let choice = PathStatistics(
      study.name, PenaltyPath(weights: weights, target: .variants, rule: rule), window, members: members)
    return paths + [choice]
  }

  private init(
    _ name: String, _ path: PenaltyPath, _ window: ForecastWindow,
    members: [(variant: String, records: [MemberRecord])]
  ) {
    let candidates = zip(path.weights, members).map { weight, members in
      Candidate(members.variant, weight: weight, of: path.target, window, members.records)
    }
    self.candidates = candidates
    (self.path, rule, self.window) = (name, path.rule, window)
    target = path.target.countedThing == nil ? nil : path.target
    validationTrajectories =
      members.lazy.flatMap(\.records).compactMap(\.trained).first?.validation.count { $0.window == window }
      ?? 0
    let choice = path.rule.choice(among: candidates, of: path.target)
    chosen = choice.map { candidates[$0.index].variant }
    reason = choice?.reason ?? "Not every weight has a finished member yet."
  }
}

extension PathStatistics.Candidate {
  fileprivate init(
    _ variant: String, weight: Double, of target: PenaltyPath.Target, _ window: ForecastWindow,
    _ records: [MemberRecord]
  ) {
    let trained = records.compactMap(\.trained)
    let forecasts = trained.flatMap(\.validation).filter { $0.window == window }
    let failures = Double(records.count - trained.count)
    let byTrajectory = Dictionary(grouping: forecasts, by: \.trajectory).sorted { $0.key < $1.key }
    let errors = byTrajectory.map { _, forecasts in
      let limit = ForecastError.blowUpLimit
      let sum = forecasts.reduce(failures * limit) { $0 + ($1.blewUp ? limit : $1.meanAbsolute) }
      return sum / Double(records.count)
    }
    let summary = Summary(of: errors)
    var standardError = summary.standardDeviation.map { $0 / Double(errors.count).squareRoot() }
    if target.countedThing != nil, let overTrajectories = standardError {
      let ofMembers = records.compactMap { record -> Double? in
        guard let trained = record.trained else { return ForecastError.blowUpLimit }
        return Summary(
          of: trained.validation.filter { $0.window == window }.map {
            $0.blewUp ? ForecastError.blowUpLimit : $0.meanAbsolute
          }
        ).mean
      }
      let overMembers = Summary(of: ofMembers).standardDeviation.map {
        $0 / Double(ofMembers.count).squareRoot()
      }
      standardError = overMembers.map {
        (overTrajectories * overTrajectories + $0 * $0).squareRoot()
      }
    }
    self.init(
      variant: variant, weight: weight, error: summary.mean, standardError: standardError,
      blowUps: Proportion(forecasts.count(where: \.blewUp), of: forecasts.count),
      weightsLeft: Summary(of: trained.map { $0.weightsLeft.reduce(0, +) }),
      similarity: Self.similarity(
        trained.map { ($0.learnedLags?.features ?? $0.learnedInputFeatures).flatMap(\.self) }))
  }

  private static func similarity(_ members: [[Bool]]) -> Double? {
    guard members.count > 1 else { return nil }
    let pairs = members.indices.flatMap { i in members[..<i].map { jaccard($0, members[i]) } }
    return pairs.reduce(0, +) / Double(pairs.count)
  }

  private static func jaccard(_ a: [Bool], _ b: [Bool]) -> Double {
    let both = zip(a, b).count { $0 && $1 }
    let either = zip(a, b).count { $0 || $1 }
    return either == 0 ? 1 : Double(both) / Double(either)
  }
}

extension SelectionRule {
  /// How much larger than the least an error may be for a weight to be among those of which the most stable is chosen.
  static var tolerance: Double { 2 }

  /// The candidate that the rule chooses, and why; of equals the one with the larger weight, or fewer hidden states. nil if a candidate has no
  /// error. `target`: whose weights they are.
  func choice(among candidates: [PathStatistics.Candidate], of target: PenaltyPath.Target = .l1) -> (
    index: Int, reason: String
  )? {
    let errors = candidates.compactMap(\.error)
    func simplicity(_ index: Int) -> Double {
      target.countedThing == nil ? candidates[index].weight : -candidates[index].weight
    }
    guard errors.count == candidates.count,
      let least = candidates.indices.min(by: {
        (errors[$0], -simplicity($0)) < (errors[$1], -simplicity($1))
      })
    else { return nil }
    let best = "the least mean error on the validation trajectories is \(text(errors[least])), "
    let bestWeight =
      target.countedThing.map {
        "that of \(candidates[least].variant), with \(text(candidates[least].weight)) \($0)"
      }
      ?? "of \(target.rawValue) weight \(text(candidates[least].weight))"
    switch self {
    case .minError:
      return (least, capitalised(best) + bestWeight + ".")
    case .oneStandardError:
      let standardError = candidates[least].standardError ?? 0
      let limit = errors[least] + standardError
      let within = candidates.indices.filter { errors[$0] <= limit }
      guard let chosen = within.max(by: { simplicity($0) < simplicity($1) }) else { return nil }
      return (
        chosen,
        capitalised(best) + bestWeight + ", with a standard error of "
          + "\(text(standardError)); \(text(candidates[chosen].weight)) is the "
          + (target.countedThing == nil ? "largest weight " : "smallest number ")
          + "whose error, \(text(errors[chosen])), is at most their sum, \(text(limit))."
      )
    case .mostStableStructure:
      let limit = Self.tolerance * errors[least]
      let within = candidates.indices.filter { errors[$0] <= limit }
      func stability(_ index: Int) -> (Double, Double) {
        (candidates[index].similarity ?? 0, simplicity(index))
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
