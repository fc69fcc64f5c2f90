import SparseNetworks

extension StudyFileReference {
  /// The keys that variants and `defaults` have in common.
  static func shared(under path: String, hidden: StudyFileKey.Presence) -> [StudyFileKey] {
    network(path, hidden) + penalty("\(path).penalty")
      + learningRate("\(path).learningRate", .value("1e-3"), "Learning rate of Adam") + optimiser(path)
      + length(path, .derived("100, without steps"))
      + [
        StudyFileKey(
          "\(path).batchSize", .integer(count), .value("128"), "Training pairs in one optimiser step."),
        StudyFileKey(
          "\(path).trainingTrajectories", .integersOrAll(count), .value("all"),
          "Training trajectories used, the first ones of the dataset; a list makes a variant NAME-nSIZE of each size."
        ),
        StudyFileKey(
          "\(path).pruneThreshold", .number(.nonNegative), .value("1e-3"),
          "Weights of smaller magnitude are removed after the training with the penalty."),
      ] + pruning("\(path).pruning") + debias("\(path).debias")
  }

  private static func network(_ path: String, _ hidden: StudyFileKey.Presence) -> [StudyFileKey] {
    [
      StudyFileKey(
        "\(path).hidden", .list(of: .integer(1...4096), count: 1...64), hidden,
        "Widths of the hidden layers, from first to last."),
      StudyFileKey(
        "\(path).inputSkip", .flag, .value("false"),
        "Give the network's input to every layer after the first as well (InputSkip)."),
    ]
  }

  private static func penalty(_ path: String) -> [StudyFileKey] {
    [
      StudyFileKey(
        path, .mapping, .value("{method: none, weight: 0}"),
        "The l1 penalty on the weight matrices; biases are not penalised."),
      StudyFileKey(
        "\(path).method", .choice(PenaltyMethod.allCases.map(\.rawValue)), .required,
        "No penalty, its subgradient in Adam's gradient, or soft thresholding after each Adam step."),
      StudyFileKey(
        "\(path).weight", .mappingOrNumbers(.nonNegative), .derived("0 for none, otherwise required"),
        "Weight of the penalty: one number for all matrices; or input, hidden and skip one by one; or a list, a penalty "
          + "path: a variant NAME-lWEIGHT of each number, with the same seeds, of which selection chooses one."
      ),
      StudyFileKey(
        "\(path).weight.input", .number(.nonNegative), .required,
        "Weight for the first layer's matrix."),
      StudyFileKey(
        "\(path).weight.hidden", .number(.nonNegative), .required,
        "Weight for later matrices where they act on hidden units, the output layer's included."),
      StudyFileKey(
        "\(path).weight.skip", .number(.nonNegative), .value("0"),
        "Weight for later matrices where they act on the network's input, with inputSkip."),
      StudyFileKey(
        "\(path).selection", .choice(SelectionRule.allCases.map(\.rawValue)),
        .derived("one-standard-error, for a path"),
        "How a path's weight is chosen by the validation trajectories: the least error; the largest weight within one "
          + "standard error of it; or the members that agree most in their input features within twice the least error."
      ),
    ]
  }

  private static func learningRate(
    _ path: String, _ presence: StudyFileKey.Presence, _ what: String
  ) -> [StudyFileKey] {
    [
      StudyFileKey(
        path, .mappingOrNumber(.positive), presence, "\(what): one number for a constant rate, or a schedule."
      ),
      StudyFileKey(
        "\(path).schedule", .choice(LearningRate.Schedule.allCases.map(\.rawValue)), .required,
        "The same rate throughout, or half a cosine from the first rate to the last."),
      StudyFileKey("\(path).from", .number(.positive), .required, "Rate at the first step."),
      StudyFileKey(
        "\(path).to", .number(.positive), .derived("none for constant, required for cosine"),
        "Rate at the last step."),
    ]
  }

  private static func optimiser(_ path: String) -> [StudyFileKey] {
    [
      StudyFileKey("\(path).adam", .mapping, .value("{}"), "Constants of the Adam optimiser."),
      StudyFileKey(
        "\(path).adam.beta1", .number(.fraction), .value("0.9"), "Decay of the running mean of the gradient."),
      StudyFileKey(
        "\(path).adam.beta2", .number(.fraction), .value("0.999"),
        "Decay of the running mean of the squared gradient."),
      StudyFileKey(
        "\(path).adam.epsilon", .number(.positive), .value("1e-8"), "Added to the root of the second moment."),
      StudyFileKey(
        "\(path).activeSet", .flag, .value("false"),
        "Compute gradients of zero weights only at every screeningInterval-th step (proximal penalty only)."),
      StudyFileKey(
        "\(path).screeningInterval", .integer(count), .value("20"), unit: "steps",
        "With activeSet: steps from one in which all weights may come in to the next."),
    ]
  }

  private static func length(
    _ path: String, _ epochs: StudyFileKey.Presence, each: String = ""
  ) -> [StudyFileKey] {
    [
      StudyFileKey("\(path).epochs", .integer(count), epochs, "Passes through the training set\(each)."),
      StudyFileKey(
        "\(path).steps", .integer(1...1_000_000_000), .derived("epochs times steps of an epoch"),
        "Instead of epochs: at least so many optimiser steps\(each), in whole passes, so that training sets of different sizes "
          + "are trained on equally long."),
    ]
  }

  private static func pruning(_ path: String) -> [StudyFileKey] {
    [
      StudyFileKey(
        path, .mapping, .optional,
        "Iterative pruning after the training: in each round the least important weights of all layers are removed, "
          + "and the others are trained without penalty under a fixed mask."),
      StudyFileKey(
        "\(path).weights", .integer(count), .required, "Weights left after the last round, at most."),
      StudyFileKey(
        "\(path).rounds", .integer(1...1000), .value("5"),
        "Rounds; the number of weights above the last falls with the cube of the rounds that are left."),
      StudyFileKey(
        "\(path).criterion", .choice(PruningCriterion.allCases.map(\.rawValue)), .value("magnitude"),
        "Importance of a weight: its magnitude; or its square times the Fisher information of the outputs, each with "
          + "normal errors of its own variance, which keeps small weights of outputs that are otherwise exact."
      ),
    ] + fineTuning(path, each: " in each round")
  }

  private static func debias(_ path: String) -> [StudyFileKey] {
    [
      StudyFileKey(
        path, .mapping, .optional,
        "Debiasing, after pruning if there is any: what is left is trained without penalty under a fixed mask."
      )
    ] + fineTuning(path)
  }

  private static func fineTuning(_ path: String, each: String = "") -> [StudyFileKey] {
    length(path, .derived("none; write epochs or steps"), each: each)
      + learningRate("\(path).learningRate", .required, "Learning rate")
      + [
        StudyFileKey(
          "\(path).batchSize", .integer(count), .derived("the variant's batchSize"),
          "Training pairs in one optimiser step.")
      ]
  }
}
