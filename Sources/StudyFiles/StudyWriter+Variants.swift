import SparseNetworks

extension StudyWriter {
  static func lines(_ family: VariantFamily) -> [String] {
    let variant = family.template
    let adam = variant.adam
    return [
      "  - name: \(variant.name)", "    members: \(variant.members)", "    hidden: \(list(variant.hidden))",
      "    inputSkip: \(variant.inputSkip)",
    ] + penalty(family) + learningRate(variant.learningRate, indent: "    ") + [
      "    adam: {beta1: \(adam.beta1), beta2: \(adam.beta2), epsilon: \(adam.epsilon)}",
      "    activeSet: \(variant.activeSet)", "    screeningInterval: \(variant.screeningInterval)",
      "    \(length(variant.length))", "    batchSize: \(variant.batchSize)",
      "    trainingTrajectories: \(trajectories(family))", "    pruneThreshold: \(variant.pruneThreshold)",
    ] + refinement(variant)
  }

  private static func penalty(_ family: VariantFamily) -> [String] {
    let penalty = family.template.penalty
    let start = ["    penalty:", "      method: \(penalty.method.rawValue)"]
    guard let path = family.path else {
      return start + [
        "      weight: {input: \(penalty.input), hidden: \(penalty.hidden), skip: \(penalty.skip)}"
      ]
    }
    return start + ["      weight: \(list(path.weights))", "      selection: \(path.rule.rawValue)"]
  }

  private static func refinement(_ variant: Variant) -> [String] {
    func lines(_ key: String, _ own: [String], _ part: TrainingLength, _ rate: LearningRate, _ batch: Int?)
      -> [String]
    {
      ["    \(key):"] + (own + [length(part)]).map { "      " + $0 } + learningRate(rate, indent: "      ")
        + (batch.map { ["      batchSize: \($0)"] } ?? [])
    }
    let pruning = variant.pruning.map {
      lines(
        "pruning",
        ["weights: \($0.weights)", "rounds: \($0.rounds)", "criterion: \($0.criterion.rawValue)"], $0.length,
        $0.learningRate, $0.batchSize)
    }
    let debias = variant.debias.map { lines("debias", [], $0.length, $0.learningRate, $0.batchSize) }
    return (pruning ?? []) + (debias ?? [])
  }

  private static func length(_ length: TrainingLength) -> String {
    switch length {
    case .epochs(let epochs): "epochs: \(epochs)"
    case .steps(let steps): "steps: \(steps)"
    }
  }

  private static func learningRate(_ rate: LearningRate, indent: String) -> [String] {
    let lines =
      switch rate {
      case .constant(let rate): ["schedule: constant", "from: \(rate)"]
      case .cosine(let from, let to): ["schedule: cosine", "from: \(from)", "to: \(to)"]
      }
    return ["\(indent)learningRate:"] + lines.map { "\(indent)  \($0)" }
  }

  private static func trajectories(_ family: VariantFamily) -> String {
    family.trainingTrajectories.map { list($0) } ?? family.template.trainingTrajectories.map { "\($0)" }
      ?? "all"
  }

  private static func list(_ numbers: [some CustomStringConvertible]) -> String {
    "[" + numbers.map(\.description).joined(separator: ", ") + "]"
  }
}
