import EnsembleStudies

/// The verdict of a study on a claim.
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
  /// The variants on which it was tested.
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

extension StudyAnalysis {
  /// The paper's claims, each tested on this study by a rule that was fixed beforehand: an interval of 95 % against a
  /// limit.
  ///
  /// Claims are tested on the penalised variants of the reference training set, the size that most of them have (of
  /// equally frequent ones the one nearest to 40 trajectories). If some penalised variants come in several sizes of the
  /// training set, they alone are the subjects; variants that only tune the penalty or prune further are not.
  package var verdicts: [Verdict] {
    let subjects = subjects
    let reference = comparisons.filter { subjects.contains($0.sparse) }
    let sparse = subjects.map { variants[$0] }
    return reference.map(complexityFalls) + reference.map(trainingIsStable) + smallSetsSuffice
      + sparse.map(featuresAgree) + sparse.map(structuresAgree) + sparse.compactMap(massBalances)
  }

  /// Training trajectories of the variants on which claims are tested.
  package var referenceSize: Int {
    let sizes = Dictionary(grouping: variants.filter(\.isPenalised), by: \.trainingTrajectories).mapValues(
      \.count)
    let best = sizes.max { ($0.value, -abs($0.key - 40), $0.key) < ($1.value, -abs($1.key - 40), $1.key) }
    return best?.key ?? variants.first?.trainingTrajectories ?? 0
  }

  /// Indices of the variants on which claims are tested.
  private var subjects: [Int] {
    let sparse = variants.indices.filter { index in
      variants[index].isPenalised && variants[index].trainingTrajectories == referenceSize
        && !variants[index].members.isEmpty
    }
    let inSeries = Set(trainingSizes.flatMap(\.variants))
    let series = sparse.filter(inSeries.contains)
    return series.isEmpty ? sparse : series
  }

  private func names(_ comparison: VariantComparison) -> String {
    "\(variants[comparison.sparse].variant.name) against \(variants[comparison.dense].variant.name)"
  }

  private func complexityFalls(_ comparison: VariantComparison) -> Verdict {
    let (sparse, dense) = (variants[comparison.sparse].complexity, variants[comparison.dense].complexity)
    return Verdict(
      claim: "Complexity falls", subject: names(comparison),
      numbers:
        "\(Numbers.text(sparse.weights)) weights left against \(Numbers.text(dense.weights)); "
        + "ratio \(Numbers.text(comparison.weightRatio))",
      test: "weights left, sparse over dense, below one half (bootstrap over members)",
      outcome: Verdict.isBelow(comparison.weightRatio, 0.5))
  }

  private func trainingIsStable(_ comparison: VariantComparison) -> Verdict {
    let difference = comparison.horizon.blowUpDifference
    let none = [comparison.sparse, comparison.dense].allSatisfy { variants[$0].horizon.blowUps.count == 0 }
    let fewer: Verdict.Outcome = none ? .supported : Verdict.isBelow(difference, 0)
    return Verdict(
      claim: "Training is more stable", subject: names(comparison),
      numbers:
        "blow-ups \(rate(variants[comparison.sparse])) against \(rate(variants[comparison.dense])), difference "
        + "\(Numbers.percent(difference)); spread of the members' median error (log₁₀) "
        + "\(Numbers.text(variants[comparison.sparse].stability.errorSpread)) against "
        + "\(Numbers.text(variants[comparison.dense].stability.errorSpread)), ratio "
        + Numbers.text(comparison.spreadRatio),
      test:
        "fewer blow-ups over \(windows[windows.count - 1]) (paired two-way bootstrap; none in either counts as fewer) "
        + "and a smaller spread over initialisations (paired bootstrap over members)",
      outcome: Verdict.both(fewer, Verdict.isBelow(comparison.spreadRatio, 1)))
  }

  private func rate(_ variant: VariantAnalysis) -> String {
    "\(variant.horizon.blowUps.count) of \(variant.horizon.blowUps.total)"
  }

  private func featuresAgree(_ variant: VariantAnalysis) -> Verdict {
    let agreement = variant.features.sensitivityAgreement
    let reach = variant.features.reachAgreement
    let outcome = agreement.similarity.map { Verdict.isAbove($0.lower, $0.upper, 0.9) } ?? .undecided
    return Verdict(
      claim: "Learned features agree between initialisations", subject: variant.variant.name,
      numbers:
        "mean Jaccard similarity of pairs of members \(Numbers.text(agreement.similarity)) by sensitivity ("
        + "\(agreement.byChance.map { Numbers.text($0) } ?? "–") by chance), \(Numbers.text(reach.similarity)) by "
        + "reachability (\(reach.byChance.map { Numbers.text($0) } ?? "–") by chance)",
      test:
        "similarity by sensitivity (at least \(Numbers.plain(ConsensusFeatures.relevant))) above 0.9 "
        + "(bootstrap over members)",
      outcome: outcome)
  }

  private func structuresAgree(_ variant: VariantAnalysis) -> Verdict {
    let most = variant.structures.first?.frequency
    return Verdict(
      claim: "Structures agree between initialisations", subject: variant.variant.name,
      numbers:
        "\(variant.structures.count) distinct structures in \(variant.members.count) members; the most "
        + "frequent in \(most?.count ?? 0)",
      test: "more than half of the members have the most frequent structure (Wilson)",
      outcome: most.map { $0.total > 1 ? Verdict.isAbove($0.lower, $0.upper, 0.5) : .undecided } ?? .undecided
    )
  }

  private func massBalances(_ variant: VariantAnalysis) -> Verdict? {
    guard let truth, let exact = variant.features.exactMassBalances else { return nil }
    let each = truth.massBalances.map { output in
      "\(outputNames[output]) in \(variant.features.exact[output].count)"
    }
    return Verdict(
      claim: "The mass balances are found exactly", subject: variant.variant.name,
      numbers:
        "all of \(truth.massBalances.map { outputNames[$0] }.joined(separator: ", ")) in \(exact.count) of "
        + "\(exact.total) members (\(Numbers.percentRange(exact.lower, exact.upper))); "
        + each.joined(separator: ", "),
      test:
        "the inputs that reach these outputs are exactly the true arguments in more than half of the members (Wilson)",
      outcome: Verdict.isAbove(exact.lower, exact.upper, 0.5))
  }
}
