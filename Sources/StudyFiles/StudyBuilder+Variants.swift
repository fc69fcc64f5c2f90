import SparseNetworks

extension StudyBuilder {
  func family(_ entry: StudyFileEntry) -> VariantFamily {
    let weights = entry.need("penalty")["weight"]?.list?.map { $0.number.need() }
    return VariantFamily(
      variant(entry),
      trainingTrajectories: entry.need("trainingTrajectories").list?.map { $0.integer.need() },
      path: weights.map { weights in
        let rule = entry.need("penalty")["selection"]?.text.flatMap(SelectionRule.init)
        return PenaltyPath(weights: weights, rule: rule ?? .oneStandardError)
      })
  }

  private func variant(_ entry: StudyFileEntry) -> Variant {
    let adam = entry.need("adam")
    return Variant(
      name: entry.need("name").text.need(),
      members: entry["members"]?.integer ?? root.need("members").integer.need(),
      hidden: entry.need("hidden").list.need().map { $0.integer.need() },
      inputSkip: entry.need("inputSkip").flag.need(), penalty: penalty(entry.need("penalty")),
      learningRate: learningRate(entry.need("learningRate")),
      adam: AdamConstants(
        beta1: adam.need("beta1").number.need(), beta2: adam.need("beta2").number.need(),
        epsilon: adam.need("epsilon").number.need()),
      activeSet: entry.need("activeSet").flag.need(),
      screeningInterval: entry.need("screeningInterval").integer.need(),
      length: length(entry) ?? .epochs(100), batchSize: entry.need("batchSize").integer.need(),
      trainingTrajectories: entry.need("trainingTrajectories").integer,
      pruneThreshold: entry.need("pruneThreshold").number.need(),
      pruning: entry["pruning"].map { pruning in
        IterativePruning(
          weights: pruning.need("weights").integer.need(), rounds: pruning.need("rounds").integer.need(),
          criterion: PruningCriterion(rawValue: pruning.need("criterion").text.need()).need(),
          length: length(pruning).need(), learningRate: learningRate(pruning.need("learningRate")),
          batchSize: pruning["batchSize"]?.integer)
      },
      debias: entry["debias"].map { debias in
        Debiasing(
          length: length(debias).need(), learningRate: learningRate(debias.need("learningRate")),
          batchSize: debias["batchSize"]?.integer)
      })
  }

  private func length(_ entry: StudyFileEntry) -> TrainingLength? {
    entry["steps"]?.integer.map(TrainingLength.steps) ?? entry["epochs"]?.integer.map(TrainingLength.epochs)
  }

  /// With a path, that of its first weight.
  private func penalty(_ entry: StudyFileEntry) -> Penalty {
    let method = PenaltyMethod(rawValue: entry.need("method").text.need()).need()
    guard let weight = entry["weight"] else { return Penalty(method: method, weight: 0) }
    if let number = weight.number ?? weight.list?.first?.number {
      return Penalty(method: method, weight: number)
    }
    return Penalty(
      method: method, input: weight.need("input").number.need(), hidden: weight.need("hidden").number.need(),
      skip: weight.need("skip").number.need())
  }

  private func learningRate(_ entry: StudyFileEntry) -> LearningRate {
    if let number = entry.number { return .constant(number) }
    let from = entry.need("from").number.need()
    switch LearningRate.Schedule(rawValue: entry.need("schedule").text.need()).need() {
    case .constant: return .constant(from)
    case .cosine: return .cosine(from: from, to: entry.need("to").number.need())
    }
  }
}
