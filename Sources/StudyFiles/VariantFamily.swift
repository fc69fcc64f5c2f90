/// What one entry of a study file's variants stands for: one variant, or one for each size of the training set and each
/// weight of a penalty path. Member k has the same seed in all of them.
package struct VariantFamily: Codable, Equatable, Sendable {
  /// What they share. Its name begins theirs; its training trajectories and l1 weight hold where there is no list.
  package var template: Variant
  /// Sizes of the training set; nil: the template's.
  package var trainingTrajectories: [Int]?
  /// The l1 weights; nil: the template's penalty.
  package var path: PenaltyPath?

  /// A family of one, or of several with lists.
  package init(_ template: Variant, trainingTrajectories: [Int]? = nil, path: PenaltyPath? = nil) {
    self.template = template
    self.trainingTrajectories = trainingTrajectories
    self.path = path
  }

  /// A penalty path on one training set, or a single variant.
  package struct Branch: Equatable, Sendable {
    /// The family's name, with the size of the training set if there are several.
    package let name: String
    /// Its variants, in the order of the weights.
    package let variants: [Variant]
  }

  /// For each size of the training set its variants: "sparse", or "sparse-n40" of several sizes; with a path
  /// "sparse-l1e-4" or "sparse-n40-l1e-4".
  package var branches: [Branch] {
    let sizes = trainingTrajectories.map { $0.map(Optional.some) } ?? [nil]
    return sizes.map { size in
      var base = template
      if let size {
        base.trainingTrajectories = size
        base.name += "-n\(size)"
      }
      guard let path else { return Branch(name: base.name, variants: [base]) }
      let variants = path.weights.map { weight in
        var variant = base
        (variant.penalty.input, variant.penalty.hidden, variant.penalty.skip) = (weight, weight, weight)
        variant.name += "-l" + Self.exponential(weight)
        return variant
      }
      return Branch(name: base.name, variants: variants)
    }
  }

  /// The variants, size by size and weight by weight.
  package var variants: [Variant] { branches.flatMap(\.variants) }

  /// The names of the variants of a family of that name with those lists.
  static func names(_ name: String, sizes: [Int]?, weights: [Double]?) -> [String] {
    VariantFamily(
      Variant(name: name, hidden: []), trainingTrajectories: sizes,
      path: weights.map { PenaltyPath(weights: $0) }
    ).variants.map(\.name)
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
