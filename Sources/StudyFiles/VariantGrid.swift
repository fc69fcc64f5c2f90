/// The variants of one entry of a study file: the base, or the product of sizes of the training set and weights of a
/// penalty path. Member k has the same seed in all of them.
package struct VariantGrid: Codable, Equatable, Sendable {
  /// The keys that all variants share. Variant names begin with its name; its training trajectories and l1 weight hold
  /// where the file gives no list.
  package var base: Variant
  /// Sizes of the training set; nil: the base's.
  package var trainingTrajectories: [Int]?
  /// The weights of a penalty; nil: the base's.
  package var path: PenaltyPath?

  /// A grid of one variant, or of several with lists.
  package init(_ base: Variant, trainingTrajectories: [Int]? = nil, path: PenaltyPath? = nil) {
    self.base = base
    self.trainingTrajectories = trainingTrajectories
    self.path = path
  }

  /// A penalty path on one training set, or a single variant.
  package struct GridPoint: Equatable, Sendable {
    /// The grid's name, with the size of the training set if there are several.
    package let name: String
    /// Its variants, in the order of the weights.
    package let variants: [Variant]
  }

  /// For each size of the training set its variants: "sparse", or "sparse-n40" of several sizes; with a path
  /// "sparse-l1e-4" or "sparse-n40-l1e-4", with g in place of l for the weights of groups, and "sparse-h2" for numbers of hidden states.
  package var points: [GridPoint] {
    let sizes = trainingTrajectories.map { $0.map(Optional.some) } ?? [nil]
    return sizes.map { size in
      var base = self.base
      if let size {
        base.trainingTrajectories = size
        base.name += "-n\(size)"
      }
      guard let path else { return GridPoint(name: base.name, variants: [base]) }
      let variants = path.weights.map { weight in
        var variant = base
        switch path.target {
        case .l1:
          (variant.penalty.input, variant.penalty.hidden, variant.penalty.skip) = (weight, weight, weight)
          variant.name += "-l" + Self.exponential(weight)
        case .group:
          variant.penalty.group?.weight = weight
          variant.name += "-g" + Self.exponential(weight)
        case .variants: break
        case .hiddenStates:
          variant.hiddenStates = Int(weight)
          variant.name += "-h\(variant.hiddenStates)"
        }
        return variant
      }
      return GridPoint(name: base.name, variants: variants)
    }
  }

  /// The variants, size by size and weight by weight.
  package var variants: [Variant] { points.flatMap(\.variants) }

  /// Names of the variants of a grid with these lists.
  static func names(_ name: String, sizes: [Int]?, path: PenaltyPath?) -> [String] {
    VariantGrid(Variant(name: name, hidden: []), trainingTrajectories: sizes, path: path)
      .variants.map(\.name)
  }

  /// A number >= 0 as its shortest whole digits and a power of ten, which a name can hold: 0.00025 is "25e-5".
  static func exponential(_ value: Double) -> String {
    let parts = "\(value)".split(separator: "e")
    let point = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let fraction = point.count > 1 && point[1] != "0" ? point[1] : ""
    var exponent = (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) - fraction.count
    var digits = String((point[0] + fraction).drop { $0 == "0" })
    while digits.count > 1, digits.hasSuffix("0") {
      digits.removeLast()
      exponent += 1
    }
    return digits.isEmpty ? "0" : "\(digits)e\(exponent)"
  }
}
