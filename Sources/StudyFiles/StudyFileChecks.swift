import DynamicalSystems
import SparseNetworks

/// Checks that concern more than one key of a study file. Keys that were refused already are passed over.
struct StudyFileChecks {
  private(set) var problems: [StudyFileProblem] = []

  mutating func refuse(_ entry: StudyFileEntry, _ message: String) {
    let problem = entry.problem(message)
    if !problems.contains(problem) { problems.append(problem) }
  }

  mutating func check(_ root: StudyFileEntry) {
    let simulated = root["dataset"]?["simulated"]
    if let dataset = root["dataset"], !dataset.isRefused { check(dataset: dataset) }
    let variants = root["variants"]?.list ?? []
    checkNames(of: variants)
    let validation =
      simulated?["validationTrajectories"]?.integer ?? root["dataset"]?["files"].flatMap(validation(of:))
    if let choice = root["choice"] { check(choice: choice, variants, root, validation) }
    for shared in [root["defaults"]].compactMap(\.self) + variants {
      let blocks = (shared["validation"] ?? root["defaults"]?["validation"])?["blocks"]
      if let own = shared["validation"]?["blocks"], let validation, validation > 0 {
        refuse(
          own,
          "the dataset has validation trajectories already; remove them, or the key")
      }
      // Blocks take the place of validation trajectories.
      let judged = blocks == nil ? validation : nil
      if let penalty = shared["penalty"] {
        check(penalty: penalty)
        check(pathOf: penalty, validationTrajectories: judged)
      }
      if let interval = shared["validationInterval"], validation == 0 {
        refuse(
          interval,
          "there are no validation trajectories; add validationTrajectories to the dataset, for example "
            + "validationTrajectories: 20")
      }
      check(signalsOf: shared, dataset: root["dataset"])
      if let loss = shared["loss"] { check(loss: loss) }
      check(simulationOf: shared, defaults: root["defaults"])
      check(hiddenStatesOf: shared, defaults: root["defaults"], validationTrajectories: judged)
      if let rate = shared["learningRate"] { check(learningRate: rate) }
      check(trainingSizesOf: shared)
      check(lengthOf: shared)
      check(finishOf: shared, defaults: root["defaults"])
      for part in ["pruning", "debias"].compactMap({ shared[$0] }) where !part.isRefused {
        check(fineTuning: part)
      }
    }
    for variant in variants {
      check(activeSetOf: variant, defaults: root["defaults"])
      if let simulated { check(variant: variant, against: simulated) }
    }
    if let windows = root["forecast"]?["windows"]?.list {
      let steps = simulated?["testSteps"] ?? simulated?["steps"]
      check(windows: windows, steps: steps?.integer)
    }
  }

  private mutating func check(
    choice: StudyFileEntry, _ variants: [StudyFileEntry], _ root: StudyFileEntry, _ validation: Int?
  ) {
    guard validation == 0 else { return }
    for variant in variants where (variant["validation"] ?? root["defaults"]?["validation"])?["blocks"] == nil
    {
      refuse(
        choice,
        "variants are chosen by validation trajectories or blocks, and there are none for "
          + "'\(variant["name"]?.text ?? "?")'; add validation: {blocks: 4} to the defaults")
      return
    }
  }

  private mutating func check(dataset: StudyFileEntry) {
    switch (dataset["simulated"], dataset["files"]) {
    case (nil, nil): refuse(dataset, "there is no data; write either simulated or files below it")
    case (.some, .some(let files)):
      refuse(files, "a study has either simulated data or files; remove one of the two")
    default: break
    }
    if let simulated = dataset["simulated"] { check(outputsOf: simulated) }
    if let files = dataset["files"], !files.isRefused { check(files: files) }
  }

  private mutating func check(penalty: StudyFileEntry) {
    guard let method = penalty["method"]?.text else { return }
    if let group = penalty["group"], method != PenaltyMethod.proximal.rawValue {
      refuse(
        group,
        "only the proximal method makes groups zero, and the method is \(method); choose it, or remove the key"
      )
    }
    guard let weight = penalty["weight"] else {
      if method != PenaltyMethod.none.rawValue, penalty["group"] == nil {
        refuse(penalty, "the method is \(method) but there is no weight; add one, for example weight: 1e-4")
      }
      return
    }
    let parts = [weight, weight["input"], weight["hidden"], weight["skip"]].compactMap(\.self)
    let weights = (parts + (weight.list ?? [])).compactMap(\.number)
    if method == PenaltyMethod.none.rawValue, weights.contains(where: { $0 != 0 }) {
      refuse(
        weight,
        "a weight has no effect with method none; choose subgradient or proximal, or remove the weight")
    }
  }

  private mutating func check(activeSetOf variant: StudyFileEntry, defaults: StudyFileEntry?) {
    guard let activeSet = variant["activeSet"] ?? defaults?["activeSet"], activeSet.flag == true,
      let name = variant["name"]?.text
    else { return }
    let method = (variant["penalty"] ?? defaults?["penalty"])?["method"]?.text ?? PenaltyMethod.none.rawValue
    if method != PenaltyMethod.proximal.rawValue {
      refuse(
        activeSet,
        "only the proximal penalty makes weights zero, and variant '\(name)' has \(method); choose it, or remove the key"
      )
    }
  }

  private mutating func check(loss: StudyFileEntry) {
    guard let delta = loss["delta"], let number = delta.number else { return }
    if loss["error"]?.text != Loss.Kind.huber.rawValue {
      refuse(delta, "only the Huber loss has a delta; write error: huber, or remove the key")
    } else if !(Float(number) > 0 && Float(number).isFinite) {
      refuse(delta, "it is not a positive number in float32; write a number such as 1")
    }
  }

  mutating func check(learningRate: StudyFileEntry) {
    guard let schedule = learningRate["schedule"]?.text else { return }
    if schedule == LearningRate.Schedule.constant.rawValue, let to = learningRate["to"] {
      refuse(to, "a constant rate has no last rate; remove the key or write schedule: cosine")
    }
    if schedule == LearningRate.Schedule.cosine.rawValue, learningRate["to"] == nil {
      refuse(learningRate, "a cosine schedule needs the rate at its end; add to, for example to: 2e-5")
    }
  }

  private mutating func check(variant: StudyFileEntry, against simulated: StudyFileEntry) {
    guard let trajectories = simulated["trajectories"]?.integer, let steps = simulated["steps"]?.integer
    else {
      return
    }
    var used = trajectories
    if let entry = variant["trainingTrajectories"] {
      let sizes = (entry.list ?? [entry]).compactMap(\.integer)
      if let wanted = sizes.max(), wanted > trajectories {
        refuse(
          entry,
          "\(wanted) training trajectories are wanted but the dataset has \(trajectories); "
            + "lower this or raise dataset.simulated.trajectories")
        return
      }
      used = sizes.min() ?? used
    }
    let pairs = used * (steps - 1)
    if let entry = variant["batchSize"], let batch = entry.integer, batch > pairs {
      refuse(
        entry,
        "a batch of \(batch) is larger than the training set of \(pairs) pairs "
          + "(\(used) trajectories of \(steps) samples); write at most \(pairs)")
    }
  }

  private mutating func check(windows: [StudyFileEntry], steps: Int?) {
    var seen: Set<[Int]> = []
    for entry in windows {
      guard let list = entry.list, let from = list.first?.integer, let to = list.last?.integer else {
        continue
      }
      if from >= to {
        refuse(entry, "the window [\(from), \(to)] holds no step; write [from, to] with from less than to")
      } else if let steps, to > steps {
        refuse(
          entry,
          "the window ends at \(to) but a test trajectory has \(steps) samples; "
            + "write at most \(steps) or raise dataset.simulated.testSteps")
      }
      if !seen.insert([from, to]).inserted {
        refuse(entry, "the window [\(from), \(to)] is in the list twice; remove one")
      }
    }
  }
}
