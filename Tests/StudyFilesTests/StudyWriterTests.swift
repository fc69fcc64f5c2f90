import StudyFiles
import FuzzSupport
import SparseNetworks
import Testing
import TrajectoryData

@Suite struct StudyWriterTests {
  @Test func writtenStudyIsWhole() throws {
    let study = try StudyFile.study(yaml: smallestStudy, file: "s")
    #expect(
      study.resolvedYAML() == """
        name: small
        seed: 1
        dataset:
          simulated:
            system: aluminium-cell
            trajectories: 40
            steps: 5000
            testTrajectories: 100
            testSteps: 5000
            validationTrajectories: 0
            seed: 1
        variants:
          - name: a
            members: 10
            hidden: [20, 20]
            lags: {outputs: 1, inputs: 1}
            deadTime: 0
            inputAtOutput: false
            hiddenStates: 0
            inputSkip: false
            activation: relu
            loss:
              error: squared
              method: oneStep
            penalty:
              method: none
              weight: {input: 0.0, hidden: 0.0, skip: 0.0}
            learningRate:
              schedule: constant
              from: 0.001
            adam: {beta1: 0.9, beta2: 0.999, epsilon: 1e-08}
            activeSet: false
            screeningInterval: 20
            epochs: 100
            batchSize: 128
            trainingTrajectories: all
            pruneThreshold: 0.001
        forecast:
          windows: [[0, 100], [100, 2500], [2500, 5000], [0, 5000]]

        """)
  }

  @Test func randomStudiesComeBackEqual() throws {
    var generator = SplitMix64(seed: 20)
    for _ in 0..<500 {
      let study = randomStudy(&generator)
      let text = study.resolvedYAML()
      #expect(try StudyFile.study(yaml: text, file: "s") == study, "\(text)")
    }
  }

  private func randomRecording(_ generator: inout SplitMix64) -> Recording {
    Recording(
      randomText(&generator), rows: Bool.random(using: &generator) ? RowRange(3, 70) : RowRange(5, nil),
      columns: Bool.random(using: &generator) ? [:] : ["q": randomText(&generator)],
      join: Bool.random(using: &generator)
        ? nil : JoinedFile(randomText(&generator), by: .row, format: randomFormat(&generator)),
      format: Bool.random(using: &generator) ? nil : randomFormat(&generator))
  }

  private func randomFormat(_ generator: inout SplitMix64) -> TableFormat {
    var format = TableFormat()
    format.separator = Bool.random(using: &generator) ? nil : .blanks
    format.decimal = Bool.random(using: &generator) ? nil : .comma
    format.encoding = .latin1
    format.comment = Bool.random(using: &generator) ? nil : "//"
    format.skipLines = Bool.random(using: &generator) ? nil : 7
    return format
  }

  private func randomStudy(_ generator: inout SplitMix64) -> Study {
    let steps = Int.random(in: 100...10_000, using: &generator)
    let trajectories = Int.random(in: 1...50, using: &generator)
    let isFiles = Bool.random(using: &generator)
    let (state, input) = ("x" + randomText(&generator), "u" + randomText(&generator))
    func counts(_ name: String, _ range: ClosedRange<Int>) -> SignalCounts {
      let count = Int.random(in: range, using: &generator)
      return isFiles && Bool.random(using: &generator) ? .named([name: count]) : .all(count)
    }
    let dataset: DatasetDescription =
      isFiles
      ? .files(
        FileDataset(
          train: [Recording(randomText(&generator)), randomRecording(&generator)],
          validation: Bool.random(using: &generator) ? [randomRecording(&generator)] : [],
          test: [Recording(randomText(&generator)), "*.csv"],
          states: [state], namesOutputs: .random(using: &generator), inputs: [input, "q"],
          units: Bool.random(using: &generator) ? ["q": "m³/h \"a\""] : [:],
          samplingTime: randomNumber(&generator),
          time: Bool.random(using: &generator)
            ? nil
            : TimeColumn(
              "t", clock: nil, unit: .minutes, format: Bool.random(using: &generator) ? "dd/MM/yyyy" : nil),
          split: RunSplit(test: 0.25, validation: Bool.random(using: &generator) ? 0.125 : 0),
          trajectoryColumn: Bool.random(using: &generator) ? "run: #1" : nil, validationTrajectories: 2,
          format: randomFormat(&generator), missing: Bool.random(using: &generator) ? [] : ["-999", "off"]))
      : .simulated(
        SimulatedDataset(
          outputs: Bool.random(using: &generator) ? nil : ["x2", "x1"],
          measurementNoise: nil, trajectories: trajectories, steps: steps, testTrajectories: 3,
          testSteps: steps,
          validationTrajectories: 1, seed: .random(in: 0...UInt64.max, using: &generator)))
    let grids = (0..<Int.random(in: 1...4, using: &generator)).map { index in
      let method = PenaltyMethod.allCases.randomElement(using: &generator) ?? .none
      let hasSizes = trajectories > 2 && Bool.random(using: &generator)
      let weights = [1, 2].map { _ in randomNumber(&generator) }
      let hasPath = method != .none && weights[0] != weights[1] && Bool.random(using: &generator)
      let group = GroupPenalty(
        over: WeightGroups.allCases.randomElement(using: &generator) ?? .lag, weight: randomNumber(&generator)
      )
      let isOfGroup = method == .proximal && Bool.random(using: &generator)
      let hasFinish = Bool.random(using: &generator)
      let base = Variant(
        name: "v-\(index)", members: .random(in: 1...100, using: &generator),
        lags: Lags(outputs: counts(state, 1...1000), inputs: counts(input, 1...1000)),
        deadTime: counts(input, 0...100_000), inputAtOutput: .random(using: &generator),
        hidden: (0..<Int.random(in: 1...6, using: &generator)).map { _ in
          .random(in: 1...4096, using: &generator)
        },
        inputSkip: .random(using: &generator),
        activation: Activation.allCases.randomElement(using: &generator) ?? .relu,
        loss: Bool.random(using: &generator)
          ? .squared : .huber(delta: .random(in: 1e-3...1e3, using: &generator)),
        outputWeights: isFiles && Bool.random(using: &generator) ? [state: randomNumber(&generator)] : nil,
        penalty: method == .none
          ? .none
          : hasPath
            ? isOfGroup
              ? Penalty(
                method: method, weight: 1e-3, group: GroupPenalty(over: group.over, weight: weights[0]))
              : Penalty(method: method, weight: weights[0])
            : Penalty(
              method: method, input: randomNumber(&generator), hidden: randomNumber(&generator),
              skip: randomNumber(&generator), group: isOfGroup ? group : nil),
        learningRate: Bool.random(using: &generator)
          ? .constant(randomNumber(&generator))
          : .cosine(from: randomNumber(&generator), to: randomNumber(&generator)),
        adam: AdamConstants(beta1: .random(in: 0..<1, using: &generator), epsilon: randomNumber(&generator)),
        activeSet: method == .proximal && Bool.random(using: &generator),
        screeningInterval: .random(in: 1...50, using: &generator),
        length: length(&generator), batchSize: .random(in: 1...99, using: &generator),
        trainingTrajectories: hasSizes || Bool.random(using: &generator) ? nil : trajectories,
        pruneThreshold: randomNumber(&generator),
        pruning: Bool.random(using: &generator)
          ? nil
          : hasFinish && Bool.random(using: &generator)
            ? IterativePruning(
              weights: 40, rounds: 3, criterion: .obs, length: .epochs(1), learningRate: .constant(1),
              iterations: .random(in: 1...99, using: &generator))
            : IterativePruning(
              weights: 40, rounds: 3, criterion: Bool.random(using: &generator) ? .fisher : .magnitude,
              length: length(&generator), learningRate: .constant(randomNumber(&generator)),
              batchSize: Bool.random(using: &generator) ? nil : 12),
        debias: Bool.random(using: &generator)
          ? nil
          : Debiasing(
            length: length(&generator),
            learningRate: .cosine(from: randomNumber(&generator), to: randomNumber(&generator))),
        finish: hasFinish
          ? Finish(
            method: SecondOrderSettings.Method.allCases.randomElement(using: &generator) ?? .automatic,
            iterations: .random(in: 1...99, using: &generator),
            startIterations: .random(in: 0...99, using: &generator),
            horizon: [nil, .steps(1), .steps(70), .whole].randomElement(using: &generator) ?? nil,
            windows: .random(in: 1...99, using: &generator), samples: .random(in: 1...99, using: &generator),
            ridge: randomNumber(&generator), tolerance: randomNumber(&generator)) : nil,
        validationInterval: Bool.random(using: &generator) ? nil : .random(in: 1...9999, using: &generator))
      return VariantGrid(
        base, trainingTrajectories: hasSizes ? [1, trajectories] : nil,
        path: hasPath
          ? PenaltyPath(
            weights: weights, target: isOfGroup ? .group : .l1,
            rule: SelectionRule.allCases.randomElement(using: &generator) ?? .minError)
          : nil)
    }
    return Study(
      name: "random", description: Bool.random(using: &generator) ? randomText(&generator) : nil,
      seed: .random(in: 0...UInt64.max, using: &generator), dataset: dataset, grids: grids,
      forecast: Forecast(windows: [ForecastWindow(from: 0, to: 100), ForecastWindow(from: 7, to: 99)]))
  }

  private func length(_ generator: inout SplitMix64) -> TrainingLength {
    Bool.random(using: &generator)
      ? .epochs(.random(in: 1...500, using: &generator)) : .steps(.random(in: 1...500, using: &generator))
  }

  /// A positive number of any magnitude.
  private func randomNumber(_ generator: inout SplitMix64) -> Double {
    Double(bitPattern: .random(in: 1...0x7FEF_FFFF_FFFF_FFFF, using: &generator))
  }

  /// Text with what YAML makes hard: quotes, breaks, colons, controls, emoji.
  private func randomText(_ generator: inout SplitMix64) -> String {
    let parts = [
      "a", "\"", "\\", ": ", " #", "'", "\n", "\t", "é", "🏭", "- ", "\u{1}", "\u{85}", "\u{2028}", "\u{FEFF}",
      "{", "]",
      "null", "\u{7F}", "\r",
    ]
    return (0..<Int.random(in: 1...8, using: &generator)).map { _ in
      parts.randomElement(using: &generator) ?? ""
    }
    .joined().split(separator: "\u{FEFF}").joined(separator: "-\u{FEFF}") + "."
  }
}
