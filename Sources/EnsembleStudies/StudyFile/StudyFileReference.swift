import SparseNetworks

/// All keys of a study file, in the order in which they are documented and written.
///
/// The decoder accepts what is in this table and nothing else, takes its defaults from it, and suggests from it; the
/// printed documentation is made from it as well.
public enum StudyFileReference {
  /// Every key, parents before their children.
  public static let keys: [StudyFileKey] = top + simulated + files + defaults + variants + forecast

  /// The keys of the mapping at a path, `""` for the root; empty if there is no such mapping.
  public static func children(of path: String) -> [StudyFileKey] {
    childrenByParent[path] ?? []
  }

  /// The key at a path such as `variants[].epochs`.
  public static func key(at path: String) -> StudyFileKey? {
    keysByPath[path]
  }

  private static let childrenByParent = Dictionary(grouping: keys, by: \.parent)
  private static let keysByPath = Dictionary(uniqueKeysWithValues: keys.map { ($0.path, $0) })

  private static let count = 1...1_000_000
  private static let samples = 2...100_000_000

  private static let top: [StudyFileKey] = [
    StudyFileKey("name", .name, .required, "Short name of the study, used in file names."),
    StudyFileKey("description", .text, .optional, "What the study is for."),
    StudyFileKey(
      "seed", .seed, .value("1"),
      "Seed from which the seed of every member is derived; another one repeats the study."),
    StudyFileKey(
      "members", .integer(count), .value("10"),
      "Members of each variant that does not give a number of its own."),
    StudyFileKey("dataset", .mapping, .required, "Where trajectories come from: either simulated or files."),
  ]

  private static let simulated: [StudyFileKey] = [
    StudyFileKey(
      "dataset.simulated", .mapping, .optional, "Simulate the trajectories of a known system."),
    StudyFileKey(
      "dataset.simulated.system", .choice(SimulatedSystem.allCases.map(\.rawValue)), .required,
      "The system that is simulated."),
    StudyFileKey("dataset.simulated.trajectories", .integer(count), .value("40"), "Training trajectories."),
    StudyFileKey(
      "dataset.simulated.steps", .integer(samples), .value("5000"), unit: "samples",
      "Length of each training trajectory."),
    StudyFileKey("dataset.simulated.testTrajectories", .integer(count), .value("100"), "Test trajectories."),
    StudyFileKey(
      "dataset.simulated.testSteps", .integer(samples), .derived("the value of steps"), unit: "samples",
      "Length of each test trajectory."),
    StudyFileKey(
      "dataset.simulated.seed", .seed, .value("1"), "Seed of the initial states and of the excitation."),
  ]

  private static let files: [StudyFileKey] = [
    StudyFileKey(
      "dataset.files", .mapping, .optional, "Read the trajectories from CSV files with a header line."),
    StudyFileKey(
      "dataset.files.train", .list(of: .text, count: 1...Int.max), .required,
      "Training data: files, folders of .csv files, or patterns such as runs/*.csv, relative to the study file."
    ),
    StudyFileKey(
      "dataset.files.test", .list(of: .text, count: 1...Int.max), .required,
      "Test data, given in the same ways."),
    StudyFileKey(
      "dataset.files.states", .list(of: .text, count: 1...1024), .required, "Columns of the states, in order."
    ),
    StudyFileKey(
      "dataset.files.inputs", .list(of: .text, count: 0...1024), .value("[]"),
      "Columns of the inputs, in order."),
    StudyFileKey(
      "dataset.files.samplingTime", .number(.positive), .required, unit: "s", "Time from one row to the next."
    ),
    StudyFileKey(
      "dataset.files.trajectoryColumn", .text, .optional,
      "Column that tells the trajectories in a file apart; without it each file is one trajectory."),
  ]

  private static let defaults: [StudyFileKey] =
    [
      StudyFileKey(
        "defaults", .mapping, .optional,
        "Keys for all variants; a variant that gives the key itself replaces the whole value, mappings included."
      )
    ] + shared(under: "defaults", hidden: .optional)

  private static let variants: [StudyFileKey] =
    [
      StudyFileKey("variants", .mappings, .required, "The configurations to compare."),
      StudyFileKey("variants[].name", .name, .required, "Name of the variant, unique, used in file names."),
      StudyFileKey(
        "variants[].members", .integer(count), .derived("the study's members"),
        "Networks that are trained, each from its own seed."),
    ] + shared(under: "variants[]", hidden: .required)

  private static let forecast: [StudyFileKey] = [
    StudyFileKey("forecast", .mapping, .value("{}"), "How members are judged on the test trajectories."),
    StudyFileKey(
      "forecast.windows", .list(of: .list(of: .integer(0...Int.max), count: 2...2), count: 1...32),
      .derived("[[0, 100], [100, 2500], [2500, 5000], [0, 5000]], cut off at testSteps"), unit: "samples",
      "Windows [from, to) of the rolling forecast over which errors are averaged and blow-ups are counted."),
  ]

  private static func shared(under path: String, hidden: StudyFileKey.Presence) -> [StudyFileKey] {
    [
      StudyFileKey(
        "\(path).hidden", .list(of: .integer(1...4096), count: 1...64), hidden,
        "Widths of the hidden layers, from first to last."),
      StudyFileKey(
        "\(path).inputSkip", .flag, .value("false"),
        "Give the network's input to every layer after the first as well (InputSkip)."),
      StudyFileKey(
        "\(path).penalty", .mapping, .value("{method: none, weight: 0}"),
        "The l1 penalty on the weight matrices; biases are not penalised."),
      StudyFileKey(
        "\(path).penalty.method", .choice(PenaltyMethod.allCases.map(\.rawValue)), .required,
        "No penalty, its subgradient in Adam's gradient, or soft thresholding after each Adam step."),
      StudyFileKey(
        "\(path).penalty.weight", .mappingOrNumber(.nonNegative), .derived("0 for none, otherwise required"),
        "Weight of the penalty: one number for all matrices, or input, hidden and skip one by one."),
      StudyFileKey(
        "\(path).penalty.weight.input", .number(.nonNegative), .required,
        "Weight for the first layer's matrix."),
      StudyFileKey(
        "\(path).penalty.weight.hidden", .number(.nonNegative), .required,
        "Weight for later matrices where they act on hidden units, the output layer's included."),
      StudyFileKey(
        "\(path).penalty.weight.skip", .number(.nonNegative), .value("0"),
        "Weight for later matrices where they act on the network's input, with inputSkip."),
      StudyFileKey(
        "\(path).learningRate", .mappingOrNumber(.positive), .value("1e-3"),
        "Learning rate of Adam: one number for a constant rate, or a schedule."),
      StudyFileKey(
        "\(path).learningRate.schedule", .choice(LearningRate.Schedule.allCases.map(\.rawValue)), .required,
        "The same rate throughout, or half a cosine from the first rate to the last."),
      StudyFileKey("\(path).learningRate.from", .number(.positive), .required, "Rate at the first step."),
      StudyFileKey(
        "\(path).learningRate.to", .number(.positive), .derived("none for constant, required for cosine"),
        "Rate at the last step."),
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
      StudyFileKey("\(path).epochs", .integer(count), .value("100"), "Passes through the training set."),
      StudyFileKey(
        "\(path).batchSize", .integer(count), .value("128"), "Training pairs in one optimiser step."),
      StudyFileKey(
        "\(path).trainingTrajectories", .integerOrAll(count), .value("all"),
        "Training trajectories used, the first ones of the dataset."),
      StudyFileKey(
        "\(path).pruneThreshold", .number(.nonNegative), .value("1e-3"),
        "Weights of smaller magnitude are removed after training."),
    ]
  }
}
