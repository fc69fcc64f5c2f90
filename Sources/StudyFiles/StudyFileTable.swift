import DynamicalSystems
import SparseNetworks
import TrajectoryData

/// The table of keys: one row a key, with its name, kind, unit, meaning and place in the model.
///
/// To add a simple key, add a property with its default to the model and a row here. Reader, resolved study file and
/// documentation follow from the row. Checks across keys stand in ``StudyFileChecks``.
enum StudyFileTable {
  static let count = 1...1_000_000
  static let countFromZero = 0...1_000_000
  private static let samples = 2...100_000_000

  /// The keys of the root.
  static var study: [StudyFileField<Study>] {
    [
      .key("name", .name(), \.name, required: true, "Short name of the study, used in file names."),
      .optional("description", .text(), \.description, "What the study is for."),
      .key(
        "seed", .seed(), \.seed,
        "Seed from which the seed of every member is derived; another one repeats the study."),
      // The reader hands it down to the variants.
      .custom(
        "members", .integer(count), .value("\(VariantGrid.standard.base.members)"),
        "Members of each variant that does not give a number of its own.", read: { _, _ in },
        write: { _ in nil }),
      .group(
        "dataset", .required, "Where trajectories come from: either simulated or files.",
        [
          .mapping(
            "simulated", optional: \.dataset.simulated, "Simulate the trajectories of a known system.",
            simulated),
          .mapping(
            "files", optional: \.dataset.files,
            "Read the trajectories from tables of text, such as CSV files.",
            files),
        ]),
      // The reader merges it into the variants.
      .custom(
        "defaults", .mapping, .optional,
        "Keys for all variants; a variant that gives the key itself replaces the whole value, mappings included.",
        children: shared(hidden: .optional).keys, read: { _, _ in }, write: { _ in nil }),
      .mappings("variants", \.grids, "The configurations to compare.", variants),
      .optional(
        "choice", .choice(), \.choice,
        "Choose one of all variants by the validation trajectories, or blocks: that with the least error; or that with the "
          + "fewest weights within one standard error of it, over trajectories and members; or the members that agree most in "
          + "their input features within twice the least error."),
      .group(
        "forecast", .value("{}"), "How members are judged on the test trajectories.",
        [
          .derived(
            "windows", .list(window, count: 1...32), \.forecast.windows,
            .derived(
              StudyFileCodec.list(window, count: 1...32).encode(ForecastWindow.standard)
                + ", cut off at testSteps"),
            unit: "samples",
            "Windows [from, to) of the rolling forecast over which errors are averaged and blow-ups are counted."
          ) { study in
            study.forecast.windows =
              study.dataset.simulated.map { ForecastWindow.standard(clippedTo: $0.testSteps) }
              ?? ForecastWindow.standard
          }
        ]),
    ]
  }

  private static var window: StudyFileCodec<ForecastWindow> {
    .init(
      kind: .list(of: .integer(0...Int.max), count: 2...2),
      decode: { entry in
        let ends = entry.list.need().map { $0.integer.need() }
        return ForecastWindow(from: ends[0], to: ends[1])
      },
      encode: { "[\($0.from), \($0.to)]" })
  }

  private static var simulated: [StudyFileField<SimulatedDataset>] {
    [
      .key(
        "system", .choice(SystemName.all), \.system,
        "The system that is simulated; see potline study systems."),
      .optional(
        "outputs", .list(.text(), count: 1...1024), \.outputs, presence: .derived("all states"),
        "States that are measured and predicted, in order; the others act unseen."),
      .optional(
        "measurementNoise", .list(.number(.nonNegative), count: 1...1024), \.measurementNoise,
        presence: .derived("the system's"),
        "Standard deviations of normal noise on the outputs, one for each, in their units."),
      .key("trajectories", .integer(count), \.trajectories, "Training trajectories."),
      .key(
        "steps", .integer(samples), \.steps, unit: "samples", "Length of each training trajectory."),
      .key("testTrajectories", .integer(count), \.testTrajectories, "Test trajectories."),
      .derived(
        "testSteps", .integer(samples), \.testSteps, .derived("the value of steps"), unit: "samples",
        "Length of each test trajectory."
      ) { $0.testSteps = $0.steps },
      .key(
        "validationTrajectories", .integer(countFromZero), \.validationTrajectories,
        "Further trajectories, as long as the test trajectories, by which a penalty path chooses its weight."),
      .key("seed", .seed(), \.seed, "Seed of the initial states and of the excitation."),
    ]
  }

  private static var variants: [StudyFileField<VariantGrid>] {
    [
      .key("name", .name(), \.base.name, required: true, "Name of the variant, unique, used in file names."),
      .derived(
        "members", .integer(count), \.base.members, .derived("the study's members"),
        "Networks that are trained, each from its own seed."),
    ] + shared(hidden: .required)
  }

  /// The keys that variants and `defaults` have in common.
  private static func shared(hidden: StudyFileKey.Presence) -> [StudyFileField<VariantGrid>] {
    [
      .derived(
        "hidden", .list(.integer(1...4096), count: 1...64), \.base.hidden, hidden,
        "Widths of the hidden layers, from first to last."),
      .mapping(
        "lags", \.base.lags, .value("{outputs: 1, inputs: 1}"),
        "How many rows of its signals the network sees, the present one included; forecasts start from as many measured "
          + "rows as it needs.",
        flow: true,
        [
          .key(
            "outputs", .integersBySignal(Regressor.lagRange), \.outputs, unit: "samples",
            "Lags of the outputs; 1 for an output missing from a mapping."),
          .key(
            "inputs", .integersBySignal(Regressor.lagRange), \.inputs, unit: "samples",
            "Lags of the inputs; 1 for an input missing from a mapping."),
        ]),
      .key(
        "deadTime", .integersBySignal(Regressor.deadTimeRange), \.base.deadTime, unit: "samples",
        "Time after which an input acts: the age of its newest lag; 0 for an input missing from a mapping."
      ),
      .key(
        "inputAtOutput", .flag(), \.base.inputAtOutput,
        "Begin the lags of the inputs a sample later, with the sample that is predicted, as electrical circuits need it."
      ),
      .custom(
        "hiddenStates", .integerOrIntegers(0...100), .value("\(VariantGrid.standard.base.hiddenStates)"),
        "States that the network feeds back and that are compared with no data, such as a level that nobody measures; they "
          + "need a simulation's loss. A list makes a variant NAME-hNUMBER of each number, with the same seeds, of which the one "
          + "with the fewest hidden states is chosen whose error on the validation trajectories is at most one standard error "
          + "(over trajectories and members) above the least.",
        read: { entry, grid in
          if let numbers = entry.list?.map({ $0.integer.need() }) {
            grid.path = PenaltyPath(weights: numbers.map(Double.init), target: .hiddenStates)
          }
          grid.base.hiddenStates = entry.integer ?? grid.path?.weights.max().map { Int($0) } ?? 0
        },
        write: { grid in
          guard let path = grid.path, path.target == .hiddenStates else {
            return .line("\(grid.base.hiddenStates)")
          }
          return .line("\(path.weights.map { Int($0) })")
        }),
      .custom(
        "washout", .integer(0...100_000), .derived("\(VariantGrid.standard.base.washout), with hiddenStates"),
        unit: "samples",
        "With hiddenStates: measured rows in which they settle, or by which they are estimated; forecasts start after them.",
        read: { $1.base.washout = $0.integer.need() },
        write: { $0.base.hiddenStates > 0 ? .line("\($0.base.washout)") : nil }),
      .custom(
        "initialState", .choice(InitialState.allCases.map(\.rawValue)),
        .derived("estimated for a horizon of whole runs, otherwise washout"),
        "With hiddenStates: whether they start from zero, and settle while measured outputs are fed; or from values that are "
          + "trained for each run, and estimated in a forecast.",
        read: { $1.base.initialState = InitialState(rawValue: $0.text.need()).need() },
        write: { $0.base.hiddenStates > 0 ? .line($0.base.startOfHiddenStates.rawValue) : nil }),
      .key(
        "inputSkip", .flag(), \.base.inputSkip,
        "Give the network's input to every layer after the first as well (InputSkip)."),
      .key(
        "activation", .choice(), \.base.activation,
        "Function of the hidden units; the outputs are linear."),
      .group(
        "loss", .value("{error: \(VariantGrid.standard.base.loss.kind.rawValue)}"),
        "Loss of the outputs' errors, in standardised units, in all phases of the training; pruning and debias may have a "
          + "method of their own.", loss),
      .optional(
        "outputWeights", .numbersBySignal(.positive), \.base.outputWeights,
        "Weights of the outputs' errors in the loss; 1 for an output missing from the mapping."),
      .group(
        "penalty",
        .value(
          "{method: \(VariantGrid.standard.base.penalty.method.rawValue), "
            + "weight: \(ResolvedText.short(VariantGrid.standard.base.penalty.input))}"),
        "The penalty on the weight matrices: l1, on groups, or both; biases are not penalised.", penalty),
      .mapping(
        "learningRate", \.base.learningRate,
        .value(ResolvedText.short(VariantGrid.standard.base.learningRate.from)),
        "Learning rate of Adam: one number for a constant rate, or a schedule.",
        shorthand: (.positive, LearningRate.constant), learningRate),
      .mapping(
        "adam", \.base.adam, .value("{}"), "Constants of the Adam optimiser.", flow: true,
        [
          .key("beta1", .number(.fraction), \.beta1, "Decay of the running mean of the gradient."),
          .key("beta2", .number(.fraction), \.beta2, "Decay of the running mean of the squared gradient."),
          .key("epsilon", .number(.positive), \.epsilon, "Added to the root of the second moment."),
        ]),
      .key(
        "activeSet", .flag(), \.base.activeSet,
        "Compute gradients of zero weights only at every screeningInterval-th step (proximal penalty only)."),
      .key(
        "screeningInterval", .integer(count), \.base.screeningInterval, unit: "steps",
        "With activeSet: steps from one in which all weights may come in to the next."),
    ]
      + length(
        \.base.length, .derived("\(VariantGrid.standard.base.length.epochCount ?? 0), without steps"))
      + [
        .optional(
          "batchSize", .integer(count), \.base.batchSize,
          presence: .derived("\(Variant.usualBatchSize), or the training pairs if there are fewer"),
          "Training pairs in one optimiser step."),
        .custom(
          "trainingTrajectories", .integersOrAll(count), .value("all"),
          "Training trajectories used, the first ones of the dataset; a list makes a variant NAME-nSIZE of each size.",
          read: { entry, grid in
            grid.trainingTrajectories = entry.list?.map { $0.integer.need() }
            grid.base.trainingTrajectories = entry.integer
          },
          write: { grid in
            .line(
              grid.trainingTrajectories.map { "\($0)" } ?? grid.base.trainingTrajectories.map { "\($0)" }
                ?? "all")
          }),
        .key(
          "pruneThreshold", .number(.nonNegative), \.base.pruneThreshold,
          "Weights of smaller magnitude are removed after the training with the penalty."),
        .mapping(
          "pruning", optional: \.base.pruning,
          "Iterative pruning after the training: in each round the least important weights of all layers are removed, "
            + "and the others are trained without penalty under a fixed mask.",
          pruning),
        .mapping(
          "debias", optional: \.base.debias,
          "Debiasing, after pruning if there is any: what is left is trained without penalty under a fixed mask.",
          phase(\.length, \.learningRate, \.batchSize, \.loss)),
        .mapping(
          "finish", optional: \.base.finish,
          "The finish, after all other phases: what is left is trained by a second-order method, in double precision, without "
            + "penalty under a fixed mask.",
          finish),
        .group(
          "validation", .optional,
          "How the settings of the variant are judged without validation trajectories.",
          [
            .optional(
              "blocks", .integer(2...100), \.base.validationBlocks,
              "Blocks of the training trajectories, of equal length, each left out in turn: a member is trained as often before its "
                + "own training, and judged on the block, through which its simulations pass. These errors take the place of "
                + "validation trajectories in every choice.")
          ]),
        .optional(
          "validationInterval", .integer(1...1_000_000_000), \.base.validationInterval, unit: "steps",
          "Interval at which the last phase forecasts the validation trajectories; the weights with the least error are kept "
            + "in place of the last ones."),
      ]
  }

  private static var loss: [StudyFileField<VariantGrid>] {
    [
      .key(
        "error", .choice(), \.base.loss.kind,
        "The squared error; or the Huber loss, the squared error up to delta, linear beyond."),
      .optional(
        "delta", .number(.positive), \.base.loss.delta,
        presence: .derived("\(ResolvedText.short(Loss.defaultDelta)), for huber"),
        "Error from which on the Huber loss is linear, in standard deviations of the target."),
    ] + method(\.base.lossMethod, \.base.oneStep, \.base.simulation) + [
      ofSimulations(
        \.base.lossMethod, \.base.simulation, "startSteps", .integer(0...1_000_000_000),
        .derived("\(SimulationTraining().startSteps), for simulation"), unit: "steps",
        "With method simulation: optimiser steps of training on the next row's error before, at least, in whole passes; none "
          + "with hiddenStates.",
        read: { $1.startSteps = $0.integer.need() }, write: { "\($0.startSteps)" })
    ]
  }

  /// Whose error a training phase makes small.
  private static func method<Model: StudyFileModel>(
    _ method: WritableKeyPath<Model, LossMethod>, _ oneStep: WritableKeyPath<Model, OneStepLoss>,
    _ simulation: WritableKeyPath<Model, SimulationTraining>
  ) -> [StudyFileField<Model>] {
    let standard = SimulationTraining()
    return [
      .key(
        "method", .choice(), method,
        "Whose error: that of the next row, predicted from measured ones; or that of a simulation, in which the network's "
          + "own outputs are fed back."),
      ofOneStep(
        method, oneStep, "form", .choice(OneStepLoss.Form.allCases.map(\.rawValue)),
        .derived("\(OneStepLoss().form.rawValue), for oneStep"),
        "With method oneStep and several steps: compare the predicted rate with the mean rate over as many steps around it; or "
          + "compare the mean of the rates that are predicted from the rows of these steps.",
        read: { $1.form = OneStepLoss.Form(rawValue: $0.text.need()).need() }, write: { $0.form.rawValue }),
      ofOneStep(
        method, oneStep, "steps", .integer(1...1000), .derived("\(OneStepLoss().steps), for oneStep"),
        unit: "samples",
        "With method oneStep: steps over which rates are compared; the more there are, the less noise a rate has.",
        read: { $1.steps = $0.integer.need() }, write: { "\($0.steps)" }),
      ofSimulations(
        method, simulation, "horizon", .integerOrWord(2...100_000, "whole"),
        .derived("\(standard.horizon.map { "\($0)" } ?? "whole"), for simulation"), unit: "samples",
        "With method simulation: steps over which errors count, in windows from random rows, of which batchSize make an "
          + "optimiser step; or whole, each run from its first row to its last.",
        read: { $1.horizon = $0.integer }, write: { $0.horizon.map { "\($0)" } ?? "whole" }),
      ofSimulations(
        method, simulation, "growth", .number(.fraction),
        .derived("\(ResolvedText.short(standard.growth)), for simulation"),
        "With method simulation: share of the training over which the horizon grows to its length, by doubling.",
        read: { $1.growth = $0.number.need() }, write: { "\($0.growth)" }),
      ofSimulations(
        method, simulation, "clipping", .number(.positive),
        .derived("\(ResolvedText.short(standard.clipping)), for simulation"),
        "With method simulation: a longer gradient is shortened to this norm.",
        read: { $1.clipping = $0.number.need() }, write: { "\($0.clipping)" }),
    ]
  }

  private static func ofOneStep<Model>(
    _ method: WritableKeyPath<Model, LossMethod>, _ oneStep: WritableKeyPath<Model, OneStepLoss>,
    _ name: String, _ kind: StudyFileKey.Kind, _ presence: StudyFileKey.Presence, unit: String? = nil,
    _ meaning: String, read: @escaping (StudyFileEntry, inout OneStepLoss) -> Void,
    write: @escaping (OneStepLoss) -> String
  ) -> StudyFileField<Model> {
    .custom(
      name, kind, presence, unit: unit, meaning, read: { read($0, &$1[keyPath: oneStep]) },
      write: { model in
        let loss = model[keyPath: oneStep]
        return model[keyPath: method] == .oneStep && loss != OneStepLoss() ? .line(write(loss)) : nil
      })
  }

  private static func ofSimulations<Model>(
    _ method: WritableKeyPath<Model, LossMethod>, _ simulation: WritableKeyPath<Model, SimulationTraining>,
    _ name: String, _ kind: StudyFileKey.Kind, _ presence: StudyFileKey.Presence, unit: String? = nil,
    _ meaning: String, read: @escaping (StudyFileEntry, inout SimulationTraining) -> Void,
    write: @escaping (SimulationTraining) -> String
  ) -> StudyFileField<Model> {
    .custom(
      name, kind, presence, unit: unit, meaning, read: { read($0, &$1[keyPath: simulation]) },
      write: { $0[keyPath: method] == .simulation ? .line(write($0[keyPath: simulation])) : nil })
  }

  private static var penalty: [StudyFileField<VariantGrid>] {
    let weights: [StudyFileField<Penalty>] = [
      .key(
        "input", .number(.nonNegative), \.input, required: true, "Weight for the first layer's matrix."),
      .key(
        "hidden", .number(.nonNegative), \.hidden, required: true,
        "Weight for later matrices where they act on hidden units, the output layer's included."),
      .key(
        "skip", .number(.nonNegative), \.skip,
        "Weight for later matrices where they act on the network's input, with inputSkip."),
    ]
    return [
      .derived(
        "method", .choice(), \.base.penalty.method, .required,
        "No penalty, its subgradient in Adam's gradient, or soft thresholding after each Adam step."),
      .custom(
        "weight", .mappingOrNumbers(.nonNegative),
        .derived("0 for none and beside group, otherwise required"),
        "Weight of the l1 penalty: one number for all matrices; or input, hidden and skip one by one; or a list, a penalty "
          + "path: a variant NAME-lWEIGHT of each number, with the same seeds, of which selection chooses one.",
        children: weights.keys,
        read: { entry, grid in
          if let path = entry.list {
            grid.path = PenaltyPath(weights: path.map { $0.number.need() })
          }
          if let weight = entry.number ?? entry.list?.first?.number {
            grid.base.penalty = Penalty(method: grid.base.penalty.method, weight: weight)
          } else {
            weights.read(entry, into: &grid.base.penalty)
          }
        },
        write: { grid in
          if let path = grid.path, path.target == .l1 { return .line("\(path.weights)") }
          return weights.write(grid.base.penalty).map { .line($0.flow) }
        }),
      .custom(
        "group", .mapping, .optional,
        "A penalty on the norms of groups of weights, proximal only: whole groups become exactly zero.",
        children: group.keys, read: { group.read($0, into: &$1) },
        write: { group.write($0).map { .line($0.flow) } }),
      .custom(
        "selection", .choice(SelectionRule.allCases.map(\.rawValue)),
        .derived("\(PenaltyPath(weights: []).rule.rawValue), for a path"),
        "How a path's weight is chosen by the validation trajectories: the least error; the largest weight within one "
          + "standard error of it; or the members that agree most in their input features within twice the least error.",
        read: { $1.path?.rule = SelectionRule(rawValue: $0.text.need()).need() },
        write: { grid in
          grid.path.flatMap { $0.target == .hiddenStates ? nil : .line($0.rule.rawValue) }
        }),
    ]
  }

  private static var group: [StudyFileField<VariantGrid>] {
    let over = StudyFileCodec<WeightGroups>.choice()
    return [
      .custom(
        "over", over.kind, .required,
        "The groups: the weights that act on each lag of a signal, or on each signal with all its lags, in the whole network; "
          + "those that act on a signal in one unit or output; or the weights into a hidden unit.",
        read: { $1.base.penalty.group = GroupPenalty(over: over.decode($0), weight: 0) },
        write: { $0.base.penalty.group.map { .line(over.encode($0.over)) } }),
      .custom(
        "weight", .numberOrNumbers(.nonNegative), .required,
        "Weight of the penalty, times the root of a group's size; a list is a penalty path, as that of the l1 weight: a "
          + "variant NAME-gWEIGHT of each number.",
        read: { entry, grid in
          if let path = entry.list {
            grid.path = PenaltyPath(weights: path.map { $0.number.need() }, target: .group)
          }
          grid.base.penalty.group?.weight = entry.number ?? grid.path?.weights.first ?? 0
        },
        write: { grid in
          if let path = grid.path, path.target == .group { return .line("\(path.weights)") }
          return grid.base.penalty.group.map { .line("\($0.weight)") }
        }),
    ]
  }

  private static var learningRate: [StudyFileField<LearningRate>] {
    [
      .key(
        "schedule", .choice(), \.schedule, required: true,
        "The same rate throughout, or half a cosine from the first rate to the last."),
      .key("from", .number(.positive), \.from, required: true, "Rate at the first step."),
      .optional(
        "to", .number(.positive), \.to, presence: .derived("none for constant, required for cosine"),
        "Rate at the last step."),
    ]
  }

  private static func length<Model>(
    _ path: WritableKeyPath<Model, TrainingLength>, _ epochs: StudyFileKey.Presence, each: String = ""
  ) -> [StudyFileField<Model>] {
    [
      .optional(
        "epochs", .integer(count), path.appending(path: \.epochCount), presence: epochs,
        "Passes through the training set\(each)."),
      .optional(
        "steps", .integer(1...1_000_000_000), path.appending(path: \.stepCount),
        presence: .derived("epochs times steps of an epoch"),
        "Instead of epochs: at least this many optimiser steps\(each), in whole passes, so that training sets of different sizes "
          + "are trained on equally long."),
    ]
  }

  private static var pruning: [StudyFileField<IterativePruning>] {
    let own: [StudyFileField<IterativePruning>] = [
      .key(
        "weights", .integer(count), \.weights, required: true,
        "Weights left after the last round, at most."),
      .key(
        "criterion", .choice(), \.criterion,
        "Importance of a weight: its magnitude; or its square times the Fisher information of the outputs, each with "
          + "normal errors of its own variance, which keeps small weights of outputs that are otherwise exact; or what "
          + "the finish's own Hessian says that the cost rises by when it goes and the others make up for it (optimal "
          + "brain surgeon)."),
      .derived(
        "rounds", .integer(1...1000), \.rounds,
        .derived("\(IterativePruning.standard.rounds), for obs \(IterativePruning.roundsOfSurgeon)"),
        "Rounds; the number of weights above the last falls with the cube of the rounds that are left."
      ) { if $0.criterion == .obs { $0.rounds = IterativePruning.roundsOfSurgeon } },
      .custom(
        "iterations", .integer(count), .derived("\(IterativePruning.standard.iterations), for obs"),
        "With obs: iterations of the finish's method after each round but the last, which has the finish's own.",
        read: { $1.iterations = $0.integer.need() },
        write: { $0.criterion == .obs ? .line("\($0.iterations)") : nil }),
    ]
    // The optimal brain surgeon has no phase of Adam.
    let phase = self.phase(
      \IterativePruning.length, \.learningRate, \.batchSize, \.loss, each: " in each round")
    return own
      + phase.map { field in
        var ofAdam = field
        ofAdam.write = { $0.criterion == .obs ? nil : field.write($0) }
        return ofAdam
      }
  }

  private static var finish: [StudyFileField<Finish>] {
    [
      .key(
        "method", .choice(), \.method,
        "Levenberg and Marquardt's damped Gauss-Newton steps; or L-BFGS, for networks of many weights; automatic: by the number of "
          + "parameters that are left, up to \(SecondOrderSettings.Method.mostForLevenbergMarquardt) the first."
      ),
      .key("iterations", .integer(count), \.iterations, "Most iterations."),
      .key(
        "startIterations", .integer(countFromZero), \.startIterations,
        "Most iterations on the next row's error before; none with hiddenStates."),
      .optional(
        "horizon", horizon, \.horizon, presence: .derived("that of the loss, 1 for oneStep"), unit: "samples",
        "Steps over which the network is simulated, in windows: 1 is the next row's error from measured ones; or whole, each "
          + "run from its first row to its last."),
      .key(
        "windows", .integer(count), \.windows, "Windows at most, evenly spaced over all runs."),
      .key(
        "samples", .integer(1...100_000_000), \.samples, unit: "samples",
        "With horizon 1, and for startIterations: training pairs at most, evenly spaced over all runs."),
      .key(
        "ridge", .number(.nonNegative), \.ridge,
        "Weight of the sum of all squared parameters beside the mean loss."),
      .key(
        "tolerance", .number(.nonNegative), \.tolerance,
        "The training ends at an iteration that gains less than this share of the cost."),
    ]
  }

  private static var horizon: StudyFileCodec<Finish.Horizon> {
    .init(
      kind: .integerOrWord(1...100_000, "whole"),
      decode: { entry in entry.integer.map { .steps($0) } ?? .whole },
      encode: { horizon in
        switch horizon {
        case .steps(let steps): "\(steps)"
        case .whole: "whole"
        }
      })
  }

  /// The keys of a training phase after the penalised one.
  private static func phase<Model>(
    _ length: WritableKeyPath<Model, TrainingLength>, _ rate: WritableKeyPath<Model, LearningRate>,
    _ batchSize: WritableKeyPath<Model, Int?>, _ loss: WritableKeyPath<Model, PhaseLoss?>, each: String = ""
  ) -> [StudyFileField<Model>] {
    self.length(length, .derived("none; write epochs or steps"), each: each) + [
      .mapping(
        "learningRate", rate, .derived("none; write it"),
        "Learning rate: one number for a constant rate, or a schedule.",
        shorthand: (.positive, LearningRate.constant), learningRate),
      .optional(
        "batchSize", .integer(count), batchSize, presence: .derived("the variant's batchSize"),
        "Training pairs in one optimiser step."),
      .mapping(
        "loss", optional: loss, presence: .derived("the variant's loss"),
        "Whose error this phase makes small, where it isn't that of the variant's loss.", flow: true,
        method(\PhaseLoss.method, \PhaseLoss.oneStep, \PhaseLoss.simulation)),
    ]
  }
}

extension Study: StudyFileModel {
  static var standard: Study {
    Study(name: "", dataset: .simulated(.standard), grids: [], forecast: Forecast(windows: []))
  }
}

extension SimulatedDataset: StudyFileModel {
  static var standard: SimulatedDataset { SimulatedDataset() }
}

extension VariantGrid: StudyFileModel {
  static var standard: VariantGrid { VariantGrid(Variant(name: "", hidden: [])) }
}

extension Lags: StudyFileModel {
  static var standard: Lags { Lags() }
}

extension Penalty: StudyFileModel {
  static var standard: Penalty { .none }
}

extension AdamConstants: StudyFileModel {
  static var standard: AdamConstants { AdamConstants() }
}

extension IterativePruning: StudyFileModel {
  static var standard: IterativePruning {
    IterativePruning(weights: 1, length: .epochs(1), learningRate: .constant(1))
  }
}

extension IterativePruning {
  /// Rounds of the optimal brain surgeon.
  fileprivate static var roundsOfSurgeon: Int { 10 }
}

extension Finish: StudyFileModel {
  static var standard: Finish { Finish() }
}

extension PhaseLoss: StudyFileModel {
  static var standard: PhaseLoss { PhaseLoss() }
}

extension Debiasing: StudyFileModel {
  static var standard: Debiasing { Debiasing(length: .epochs(1), learningRate: .constant(1)) }
}

extension DatasetDescription {
  /// The description of a simulated dataset; nil: files.
  fileprivate var simulated: SimulatedDataset? {
    get { if case .simulated(let dataset) = self { dataset } else { nil } }
    set { if let newValue { self = .simulated(newValue) } }
  }

  /// The description of a dataset in files; nil: simulated.
  fileprivate var files: FileDataset? {
    get { if case .files(let dataset) = self { dataset } else { nil } }
    set { if let newValue { self = .files(newValue) } }
  }
}

extension TrainingLength {
  fileprivate var epochCount: Int? {
    get { if case .epochs(let count) = self { count } else { nil } }
    set { if let newValue { self = .epochs(newValue) } }
  }

  fileprivate var stepCount: Int? {
    get { if case .steps(let count) = self { count } else { nil } }
    set { if let newValue { self = .steps(newValue) } }
  }
}

extension LearningRate: StudyFileModel {
  static var standard: LearningRate { .constant(1) }

  fileprivate var schedule: Schedule {
    get { if case .constant = self { .constant } else { .cosine } }
    set { self = newValue == .constant ? .constant(from) : .cosine(from: from, to: to ?? from) }
  }

  fileprivate var from: Double {
    get {
      switch self {
      case .constant(let rate): rate
      case .cosine(let from, _): from
      }
    }
    set { self = to.map { .cosine(from: newValue, to: $0) } ?? .constant(newValue) }
  }

  fileprivate var to: Double? {
    get { if case .cosine(_, let to) = self { to } else { nil } }
    set { if let newValue { self = .cosine(from: from, to: newValue) } }
  }
}
