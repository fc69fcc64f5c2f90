import SparseNetworks

/// Checks of the keys that make several variants of one, or that add parts to a training.
extension StudyFileChecks {
  mutating func checkNames(of variants: [StudyFileEntry]) {
    var owners: [String: StudyFileEntry] = [:]
    for variant in variants {
      guard let name = variant["name"], let text = name.text else { continue }
      for expanded in VariantGrid.names(
        text, sizes: variant["trainingTrajectories"]?.list?.compactMap(\.integer),
        path: variant["penalty"].flatMap(Self.path(of:))
          ?? variant["hiddenStates"].flatMap(Self.path(ofStates:)))
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

  private static func path(ofStates entry: StudyFileEntry) -> PenaltyPath? {
    entry.list.map { PenaltyPath(weights: $0.compactMap(\.integer).map(Double.init), target: .hiddenStates) }
  }

  /// A list of numbers of hidden states. `shared` is a variant or the defaults.
  mutating func check(
    hiddenStatesOf shared: StudyFileEntry, defaults: StudyFileEntry?, validationTrajectories: Int?
  ) {
    if let states = shared["hiddenStates"], let numbers = states.list?.compactMap(\.integer) {
      if Set(numbers).count < numbers.count { refuse(states, "a number is in the list twice; remove one") }
      if validationTrajectories == 0 {
        refuse(
          states,
          "one of the numbers is chosen by validation trajectories, and there are none; add "
            + "validationTrajectories to the dataset, for example validationTrajectories: 20")
      }
    }
    guard shared["name"] != nil, let states = shared["hiddenStates"] ?? defaults?["hiddenStates"],
      states.list != nil, let penalty = shared["penalty"] ?? defaults?["penalty"],
      Self.path(of: penalty) != nil
    else { return }
    refuse(
      states, "the penalty has a path already, and a variant has one list to choose from; write one number")
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

  /// Hidden states, and keys of a simulation's loss, in all training phases. `shared` is a variant or the defaults.
  mutating func check(simulationOf shared: StudyFileEntry, defaults: StudyFileEntry?) {
    let loss = shared["loss"] ?? defaults?["loss"]
    let finish = shared["finish"] ?? defaults?["finish"]
    let phases = ["pruning", "debias"].compactMap { (shared[$0] ?? defaults?[$0])?["loss"] }
    let own = [shared["loss"], shared["pruning"]?["loss"], shared["debias"]?["loss"]].compactMap(\.self)
    for own in own where !own.isRefused && !Self.isSimulation(own) && own["method"]?.isRefused != true {
      for key in ["horizon", "growth", "clipping", "startSteps"].compactMap({ own[$0] }) {
        refuse(key, "only a simulation's loss has this key; write method: simulation, or remove the key")
      }
    }
    for own in own where !own.isRefused {
      if Self.isSimulation(own) {
        for key in ["form", "steps"].compactMap({ own[$0] }) {
          refuse(key, "a simulation's loss has no such key; write method: oneStep, or remove the key")
        }
      } else if own["form"]?.text == OneStepLoss.Form.integral.rawValue, (own["steps"]?.integer ?? 1) < 2,
        own["steps"]?.isRefused != true
      {
        refuse(own, "over one step both forms are the same; add steps, for example steps: 10")
      }
    }
    guard shared["name"] != nil, let states = shared["hiddenStates"] ?? defaults?["hiddenStates"],
      let count = states.integer ?? states.list?.compactMap(\.integer).max(), count > 0,
      loss?["method"]?.isRefused != true
    else { return }
    if !Self.isSimulation(loss) {
      refuse(
        states,
        "hidden states are trained by the error of a simulation only; add loss: {method: simulation}, or remove the key"
      )
    }
    for phase in phases
    where !phase.isRefused && !Self.isSimulation(phase) && phase["method"]?.isRefused != true {
      refuse(
        phase,
        "hidden states are trained by the error of a simulation only; write method: simulation, or remove the key"
      )
    }
    let start = shared["initialState"] ?? defaults?["initialState"]
    let isWhole =
      ([loss].compactMap(\.self) + phases).contains(where: Self.isWhole) || finish?["horizon"]?.text != nil
    if let start, start.text == InitialState.estimated.rawValue, !isWhole {
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
    if let hidden = shared["hiddenStates"] ?? defaults?["hiddenStates"],
      let count = hidden.integer ?? hidden.list?.compactMap(\.integer).max(), count > 0
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

  private static func isSimulation(_ loss: StudyFileEntry?) -> Bool {
    loss?["method"]?.text == LossMethod.simulation.rawValue
  }

  private static func isWhole(_ loss: StudyFileEntry?) -> Bool {
    isSimulation(loss) && loss?["horizon"]?.text != nil
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
