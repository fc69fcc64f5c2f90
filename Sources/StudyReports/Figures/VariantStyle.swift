import DynamicalSystems
import EnsembleAnalysis
import EnsembleStudies

/// Kinds of networks, which have the same colour in all figures.
enum NetworkKind: Int, CaseIterable {
  case dense, denseSkip, sparse, sparseSkip, pruned

  init(_ variant: VariantAnalysis) {
    self =
      variant.variant.pruning != nil
      ? .pruned
      : variant.isPenalised
        ? (variant.variant.inputSkip ? .sparseSkip : .sparse)
        : (variant.variant.inputSkip ? .denseSkip : .dense)
  }

  var name: String {
    switch self {
    case .dense: "dense"
    case .denseSkip: "dense with input skips"
    case .sparse: "sparse (l1)"
    case .sparseSkip: "sparse (l1) with input skips"
    case .pruned: "pruned and fine-tuned"
    }
  }

  var colour: String {
    switch self {
    case .dense: Palette.orange
    case .denseSkip: Palette.vermilion
    case .sparse: Palette.blue
    case .sparseSkip: Palette.green
    case .pruned: Palette.pink
    }
  }

  /// gnuplot's point type.
  var point: Int {
    switch self {
    case .dense: 5
    case .denseSkip: 13
    case .sparse: 7
    case .sparseSkip: 9
    case .pruned: 11
    }
  }

  /// The kinds that occur, in order.
  static func kinds(_ analysis: StudyAnalysis) -> [NetworkKind] {
    allCases.filter { kind in analysis.variants.contains { NetworkKind($0) == kind } }
  }
}

/// Names cut to a width.
enum Names {
  static func short(_ name: String, to length: Int = 30) -> String {
    name.count > length ? name.prefix(length - 1) + "…" : name
  }

  /// Points that the longest of some names takes at 11 points.
  static func width(_ names: [String]) -> Double { (names.map { TextWidth.of(short($0)) }.max() ?? 0) + 20 }
}

extension StudyAnalysis {
  /// Published figures about forecasts of the simulated system; empty for data from files.
  var published: [PublishedForecasts] { truth?.system.publishedForecasts ?? [] }

  /// " Diamonds: ..." for a caption; empty if nothing was published.
  func publishedNote(_ quantity: String) -> String {
    guard let system = truth?.system, !system.publishedForecasts.isEmpty else { return "" }
    return " Diamonds: \(quantity) \(system.publishedForecastsNote)."
  }

  /// The variants that are shown in detail: all if there are at most `limit`; otherwise of each kind of network the one
  /// with the least median error over the whole horizon at the reference training set.
  func featured(limit: Int = 6) -> [VariantAnalysis] {
    let usable = variants.filter { !$0.members.isEmpty }
    if usable.count <= limit { return usable }
    return NetworkKind.kinds(self).compactMap { kind in
      usable.filter { NetworkKind($0) == kind && $0.trainingTrajectories == referenceSize }
        .min { score($0) < score($1) }
    }
  }

  /// The variant with the fewest blow-ups, then the least median error; nil if there is none.
  var best: VariantAnalysis? {
    variants.filter { !$0.members.isEmpty }.min { score($0) < score($1) }
  }

  private func score(_ variant: VariantAnalysis) -> (Double, Double) {
    (variant.horizon.blowUps.value ?? 1, variant.horizon.median?.estimate ?? .infinity)
  }
}
