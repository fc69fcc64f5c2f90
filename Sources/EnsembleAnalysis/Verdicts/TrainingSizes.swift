import EnsembleStudies
import StudyFiles

/// Variants that differ in nothing but the number of training trajectories.
package struct TrainingSizeSeries: Sendable {
  /// Common name.
  package let name: String
  /// Indices of the variants, by ascending size.
  package let variants: [Int]
}

extension StudyAnalysis {
  /// The series of at least two sizes, in the order of the study.
  package var trainingSizes: [TrainingSizeSeries] {
    groups { variant in
      var key = variant
      key.name = ""
      key.trainingTrajectories = nil
      return key
    }.compactMap { indices in
      // Of several variants with the same size and settings, as on a penalty path, the first.
      var sizes: Set<Int> = []
      let sorted = indices.filter { sizes.insert(variants[$0].trainingTrajectories).inserted }
        .sorted { variants[$0].trainingTrajectories < variants[$1].trainingTrajectories }
      guard sorted.count >= 2 else { return nil }
      return TrainingSizeSeries(
        name: Self.commonName(sorted.map { variants[$0].variant.name }), variants: sorted)
    }
  }

  /// Variants that differ in nothing but the penalty's weight, at least three, by ascending weight.
  package var penaltySeries: [TrainingSizeSeries] {
    groups { variant in
      var key = variant
      key.name = ""
      key.penalty = .init(method: variant.penalty.method, weight: 0, group: variant.penalty.group)
      return key
    }.compactMap { indices in
      let sorted = indices.filter { variants[$0].isPenalised }
        .sorted { variants[$0].variant.penalty.hidden < variants[$1].variant.penalty.hidden }
      guard sorted.count >= 3 else { return nil }
      return TrainingSizeSeries(
        name: Self.commonName(sorted.map { variants[$0].variant.name }), variants: sorted)
    }
  }

  private func groups(_ key: (Variant) -> Variant) -> [[Int]] {
    var keys: [Variant] = []
    var groups: [[Int]] = []
    for index in variants.indices where !variants[index].members.isEmpty {
      let own = key(variants[index].variant)
      if let group = keys.firstIndex(of: own) {
        groups[group].append(index)
      } else {
        keys.append(own)
        groups.append([index])
      }
    }
    return groups
  }

  /// The common prefix of names, without a hyphen at the end.
  static func commonName(_ names: [String]) -> String {
    var common = names.first ?? ""
    for name in names { while !name.hasPrefix(common) { common.removeLast() } }
    let digits = names.contains { name in
      name.count > common.count && name.dropFirst(common.count).first?.isNumber == true
    }
    // "sparse-1" of sparse-10 and sparse-100 is "sparse".
    if digits || names.contains(common) { while common.last?.isNumber == true { common.removeLast() } }
    while common.last == "-" { common.removeLast() }
    // "sparse-n" of sparse-n10 and sparse-n20.
    if digits, common.hasSuffix("-n") { common.removeLast(2) }
    return common.isEmpty ? names.first ?? "" : common
  }

  /// Small training sets suffice: with the smallest set sparse networks are better than dense ones with the same set,
  /// and no worse than dense ones with the largest set.
  var smallSetsSuffice: [Verdict] {
    let claim = "Small training sets suffice"
    let sparse = trainingSizes.filter { variants[$0.variants[0]].isPenalised }
    guard !sparse.isEmpty else {
      return [
        Verdict(
          claim: claim, subject: "–", numbers: "the study has one training-set size for each kind of network",
          test: "needs sparse and dense variants of several trainingTrajectories", outcome: .undecided)
      ]
    }
    return sparse.map { series in
      let (small, large) = (series.variants[0], series.variants[series.variants.count - 1])
      let test =
        "at the smallest set the median error is below that of the dense network with the same set, and below that of "
        + "the dense network with the largest set (paired two-way bootstrap of the ratios, limit 1)"
      guard let same = VariantComparison.partner(of: variants[small], in: variants),
        let most = VariantComparison.partner(of: variants[large], in: variants),
        let first = VariantComparison(variants, sparse: small, dense: same, replicates: replicates),
        let second = VariantComparison(variants, sparse: small, dense: most, replicates: replicates)
      else {
        return Verdict(
          claim: claim, subject: series.name, numbers: "there is no dense variant with these training sets",
          test: test,
          outcome: .undecided)
      }
      return Verdict(
        claim: claim,
        subject: "\(variants[small].variant.name) against \(variants[same].variant.name) and "
          + variants[most].variant.name,
        numbers:
          "median error over \(windows[windows.count - 1]) \(Numbers.text(variants[small].horizon.median)) with "
          + "\(variants[small].trainingTrajectories) trajectories; ratio \(Numbers.text(first.horizon.medianRatio)) and "
          + Numbers.text(second.horizon.medianRatio),
        test: test,
        outcome: Verdict.both(
          Verdict.isBelow(first.horizon.medianRatio, 1), Verdict.isBelow(second.horizon.medianRatio, 1)))
    }
  }
}
