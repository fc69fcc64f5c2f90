import SparseNetworks

/// Checks of the keys that make several variants of one, or that add parts to a training.
extension StudyFileChecks {
  mutating func checkNames(of variants: [StudyFileEntry]) {
    var owners: [String: StudyFileEntry] = [:]
    for variant in variants {
      guard let name = variant["name"], let text = name.text else { continue }
      for expanded in VariantGrid.names(
        text, sizes: variant["trainingTrajectories"]?.list?.compactMap(\.integer),
        path: variant["penalty"].flatMap(Self.path(of:)))
      {
        if let owner = owners[expanded], owner.line != name.line || owner.column != name.column {
          refuse(
            name,
            "'\(expanded)' is the name of another variant, on line \(owner.line); give each its own name")
        } else if expanded.count > 64 {
          refuse(name, "one of its variants would be '\(expanded)', more than 64 letters; shorten the name")
          break
        } else {
          owners[expanded] = name
        }
      }
    }
  }

  mutating func check(pathOf penalty: StudyFileEntry, validationTrajectories: Int?) {
    let lists = [penalty["weight"], penalty["group"]?["weight"]].compactMap(\.self).filter { $0.list != nil }
    if lists.count > 1, let second = lists.last {
      refuse(second, "the penalty has a path already, of its l1 weight; write one list and one number")
    }
    if let weight = lists.first, let weights = weight.list {
      let numbers = weights.compactMap(\.number)
      if Set(numbers).count < numbers.count {
        refuse(weight, "a weight is in the path twice; remove one")
      }
      if validationTrajectories == 0 {
        refuse(
          weight,
          "a path chooses one of its weights by validation trajectories, and there are none; add "
            + "validationTrajectories to the dataset, for example validationTrajectories: 20")
      }
    } else if let selection = penalty["selection"] {
      refuse(selection, "there is nothing to select; write a list of weights, or remove the key")
    }
  }

  /// The path of a penalty; nil: it has none.
  private static func path(of penalty: StudyFileEntry) -> PenaltyPath? {
    func weights(_ entry: StudyFileEntry?) -> [Double]? { entry?.list?.compactMap(\.number) }
    return weights(penalty["weight"]).map { PenaltyPath(weights: $0) }
      ?? weights(penalty["group"]?["weight"]).map { PenaltyPath(weights: $0, target: .group) }
  }

  mutating func check(trainingSizesOf variant: StudyFileEntry) {
    guard let entry = variant["trainingTrajectories"], let sizes = entry.list?.compactMap(\.integer) else {
      return
    }
    if Set(sizes).count < sizes.count { refuse(entry, "a size is in the list twice; remove one") }
  }

  /// Hidden states, and keys of a simulation's loss. `shared` is a variant or the defaults.
  mutating func check(simulationOf shared: StudyFileEntry, defaults: StudyFileEntry?) {
    let loss = shared["loss"] ?? defaults?["loss"]
    let isSimulation = loss?["method"]?.text == LossMethod.simulation.rawValue
    let finish = shared["finish"] ?? defaults?["finish"]
    let isWhole = isSimulation && (loss?["horizon"]?.text != nil || finish?["horizon"]?.text != nil)
    if let own = shared["loss"], !own.isRefused, !isSimulation, own["method"]?.isRefused != true {
      for key in ["horizon", "growth", "clipping", "startSteps"].compactMap({ own[$0] }) {
        refuse(key, "only a simulation's loss has this key; write method: simulation, or remove the key")
      }
    }
    let states = shared["hiddenStates"] ?? defaults?["hiddenStates"]
    if shared["name"] != nil, let states, let count = states.integer, count > 0, !isSimulation,
      loss?["method"]?.isRefused != true
    {
      refuse(
        states,
        "hidden states are trained by the error of a simulation only; add loss: {method: simulation}, or remove the key"
      )
    }
    guard let start = shared["initialState"], let text = start.text, isSimulation else { return }
    if text == InitialState.estimated.rawValue, !isWhole {
      refuse(
        start,
        "initial states are trained for whole runs only, not for windows from random rows; write horizon: whole below loss, "
          + "or initialState: washout")
    }
  }

  /// The finish of a variant or the defaults, and what needs one.
  mutating func check(finishOf shared: StudyFileEntry, defaults: StudyFileEntry?) {
    let finish = shared["finish"] ?? defaults?["finish"]
    if shared["name"] != nil, finish == nil, let pruning = shared["pruning"] ?? defaults?["pruning"],
      let criterion = pruning["criterion"], criterion.text == PruningCriterion.obs.rawValue
    {
      refuse(
        criterion,
        "the optimal brain surgeon needs the Hessian of a finish; add finish: {}, or write another criterion")
    }
    guard let finish = shared["finish"], !finish.isRefused else { return }
    if let hidden = shared["hiddenStates"] ?? defaults?["hiddenStates"], let count = hidden.integer, count > 0
    {
      let oneStep = [
        finish["horizon"].flatMap { $0.integer == 1 ? $0 : nil },
        finish["startIterations"].flatMap { ($0.integer ?? 0) > 0 ? $0 : nil },
      ]
      for key in oneStep.compactMap(\.self) {
        refuse(
          key,
          "with hidden states there is only the error of a simulation; write a horizon above 1 or whole, and no startIterations"
        )
      }
    }
  }

  mutating func check(lengthOf part: StudyFileEntry) {
    if part["epochs"] != nil, let steps = part["steps"] {
      refuse(steps, "the length is given by epochs already; remove one of the two")
    }
  }

  mutating func check(fineTuning part: StudyFileEntry) {
    guard part["criterion"]?.text != PruningCriterion.obs.rawValue else {
      for key in ["epochs", "steps", "learningRate", "batchSize"].compactMap({ part[$0] }) {
        refuse(
          key, "the optimal brain surgeon trains by the finish's method; write iterations, or remove the key")
      }
      return
    }
    if let iterations = part["iterations"] {
      refuse(
        iterations, "only the optimal brain surgeon has iterations; write epochs or steps, or criterion: obs")
    }
    check(lengthOf: part)
    if part["epochs"] == nil, part["steps"] == nil {
      refuse(part, "there is no length; add epochs or steps, for example epochs: 10")
    }
    if part["learningRate"] == nil {
      refuse(part, "there is no learning rate; add learningRate, for example learningRate: 1e-3")
    }
    if let rate = part["learningRate"] { check(learningRate: rate) }
  }
}
