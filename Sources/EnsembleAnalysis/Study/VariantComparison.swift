import EnsembleStudies
import StudyFiles

/// A penalised variant beside the dense one of the same training set, paired by members and trajectories.
package struct VariantComparison: Sendable {
  /// Index of the penalised variant.
  package let sparse: Int
  /// Index of the dense variant.
  package let dense: Int
  /// One comparison for each window.
  package let windows: [PairedComparison]
  /// Spread over initialisations of the logarithm of the members' median error, sparse over dense.
  package let spreadRatio: Interval?
  /// Weights left, sparse over dense.
  package let weightRatio: Interval?

  /// The comparison over the whole horizon.
  package var horizon: PairedComparison { windows[windows.count - 1] }

  /// All that the variants allow.
  static func all(_ variants: [VariantAnalysis], replicates: Int) -> [VariantComparison] {
    variants.indices.compactMap { sparse in
      guard variants[sparse].isPenalised, !variants[sparse].members.isEmpty else { return nil }
      return partner(of: variants[sparse], in: variants).flatMap {
        VariantComparison(variants, sparse: sparse, dense: $0, replicates: replicates)
      }
    }
  }

  /// Each variant with debiasing beside the same one without: `sparse` is the debiased one, `dense` the other.
  static func debiasing(_ variants: [VariantAnalysis], replicates: Int) -> [VariantComparison] {
    func key(_ variant: VariantAnalysis) -> Variant {
      var key = variant.variant
      (key.name, key.debias, key.trainingTrajectories) = ("", nil, variant.trainingTrajectories)
      return key
    }
    return variants.indices.compactMap { first in
      guard variants[first].variant.debias != nil else { return nil }
      let second = variants.indices.first { other in
        variants[other].variant.debias == nil && key(variants[other]) == key(variants[first])
      }
      return second.flatMap { VariantComparison(variants, sparse: first, dense: $0, replicates: replicates) }
    }
  }

  /// The dense variant with the same training trajectories that is most alike: skips and widths, then the first.
  static func partner(of sparse: VariantAnalysis, in variants: [VariantAnalysis]) -> Int? {
    variants.indices.filter {
      !variants[$0].isPenalised && !variants[$0].members.isEmpty
        && variants[$0].trainingTrajectories == sparse.trainingTrajectories
    }.max { first, second in
      func likeness(_ index: Int) -> Int {
        (variants[index].variant.hidden == sparse.variant.hidden ? 2 : 0)
          + (variants[index].variant.inputSkip == sparse.variant.inputSkip ? 1 : 0)
      }
      return (likeness(first), second) < (likeness(second), first)
    }
  }

  /// Compares two variants; nil if they have no member in common.
  init?(_ variants: [VariantAnalysis], sparse: Int, dense: Int, replicates: Int) {
    let (a, b) = (variants[sparse], variants[dense])
    let common = a.indices.filter(b.indices.contains)
    guard !common.isEmpty else { return nil }
    let places = [a, b].map { variant in common.compactMap { variant.indices.firstIndex(of: $0) } }
    let bootstrap = TwoWayBootstrap(
      members: common.count, trajectories: max(1, a.horizon.errors.trajectories), replicates: replicates)
    (self.sparse, self.dense) = (sparse, dense)
    windows = zip(a.windows, b.windows).map { first, second in
      PairedComparison(
        first.errors.selecting(members: places[0]), second.errors.selecting(members: places[1]),
        bootstrap: bootstrap)
    }
    let medians = zip([a, b], places).map { variant, places in
      places.map { variant.stability.memberMedians[$0] }
    }
    spreadRatio = bootstrap.interval { draw in
      guard let first = Stability.logarithmicSpread(medians[0], draw.members),
        let second = Stability.logarithmicSpread(medians[1], draw.members), second > 0
      else { return nil }
      return first / second
    }
    let weights = zip([a, b], places).map { variant, places in
      places.map { Double(variant.complexity.byMember[$0]) }
    }
    weightRatio = bootstrap.interval { draw in
      let sums = weights.map { zip($0, draw.members).reduce(0) { $0 + $1.0 * $1.1 } }
      return sums[1] > 0 ? sums[0] / sums[1] : nil
    }
  }
}
