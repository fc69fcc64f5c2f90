import SnapshotSupport
import StudyFiles
import Testing

/// Every refusal of a study file with its place, as it was last looked at.
@Suite struct StudyFileRefusalTests {
  /// Lines added to the smallest study, at the top level.
  private static let topLevel = [
    "sed: 1",
    "epochs: 1",
    "zebra: 1",
    "seed: -1",
    "seed: 18446744073709551616",
    "seed: 012",
    "seed: 0x10",
    "seed: 1_000",
    "seed: '7'",
    "seed:",
    "seed: [1]",
    "seed: {a: 1}",
    "seed: !!int 7",
    "members: 0",
    "members: 1e3",
    "members: ten",
    "description: ''",
    "forecast: {windows: [[5, 5]]}",
    "forecast: {windows: [[0, 5001]]}",
    "forecast: {windows: [[0, 5, 9]]}",
    "forecast: {windows: [[0, 5], [0, 5]]}",
    "forecast: {windows: []}",
    "forecast: {windows: [[-1, 5]]}",
    "forecast: {windows: 5}",
    "defaults: {name: b}",
    "defaults: {epoch: 5}",
    "? [a, b]\n: 1",
    "<<: {seed: 1}",
    "description: &d text",
    "description: *d",
    "name: again",
    "description: 'open",
    "  seed: 1",
    "---\nname: b",
    "description: a\u{7}b",
  ]

  /// Lines added to the variant of the smallest study.
  private static let inVariant = [
    "epochs: 0",
    "batchSize: 0",
    "batchSize: 199961",
    "trainingTrajectories: 41",
    "trainingTrajectories: most",
    "learningRate: 0",
    "learningRate: -1e-3",
    "learningRate: .nan",
    "learningRate: -.Inf",
    "learningRate: 1e999",
    "learningRate: 1e-999",
    "learningRate: 1e",
    "learningRate: 1.2.3",
    "learningRate: 01.5",
    "learningRate: {schedule: constant, from: 1, to: 2}",
    "learningRate: {schedule: cosine, from: 1}",
    "learningRate: {from: 1}",
    "learningRate: {schedule: cosin, from: 1, to: 1}",
    "penalty: {method: l1, weight: 1}",
    "penalty: {method: proximal}",
    "penalty: {method: proximal, weight: -1}",
    "penalty: {method: none, weight: 1}",
    "penalty: {method: proximal, weight: {input: 1}}",
    "penalty: proximal",
    "inputSkip: yes",
    "inputSkip: 'true'",
    "activation: gelu",
    "loss: {error: squared, delta: 2}",
    "loss: {error: huber, delta: 0}",
    "loss: {error: huber, delta: 1e-60}",
    "adam: {beta1: 1}",
    "adam: {epsilon: 0}",
    "activeSet: true",
    "screeningInterval: 0",
    "pruneThreshold: -0.1",
    "members: 2000000",
    "epochs: 5\n    steps: 9",
    "trainingTrajectories: [40, 41]",
    "trainingTrajectories: [4, 4]",
    "trainingTrajectories: [4]",
    "trainingTrajectories: [1, 40]\n    batchSize: 5000",
    "penalty: {method: proximal, weight: [1e-4, 1e-3]}",
    "penalty: {method: proximal, weight: [1e-4]}",
    "penalty: {method: proximal, weight: 1e-4, selection: min-error}",
    "debias: {epochs: 3}",
    "debias: {learningRate: 1e-3}",
    "debias: {epochs: 3, steps: 3, learningRate: 1e-3}",
    "debias: {epochs: 3, learningRate: {schedule: cosine, from: 1}}",
    "pruning: {epochs: 3, learningRate: 1e-3}",
    "pruning: {weights: 0, epochs: 3, learningRate: 1e-3}",
    "pruning: {weights: 9, criterion: obs}",
    "pruning: {weights: 9, criterion: obs, epochs: 3}\n    finish: {}",
    "pruning: {weights: 9, epochs: 3, learningRate: 1e-3, iterations: 4}",
    "finish: {method: newton}",
    "validation: {blocks: 1}",
    "finish: {horizon: 0}",
    "finish: {ridge: -1}",
    "finish: {iterations: 0}",
    "hiddenStates: 1\n    loss: {method: simulation}\n    finish: {horizon: 1}",
    "hiddenStates: 1\n    loss: {method: simulation}\n    finish: {startIterations: 9}",
  ]

  /// Hidden layers in the place of those of the smallest study.
  private static let hidden = [
    "[]",
    "[-5]",
    "[20, 4097]",
    "[20, 2.5]",
    "[\(Array(repeating: "5", count: 65).joined(separator: ","))]",
    "20",
  ]

  private static let files = [
    "# a comment\n",
    "~",
    "- name: a\n",
    "just text",
    "name: Upper\n" + smallestStudy.dropFirst(12),
    smallestStudy.replacing("system: aluminium-cell", with: "system: aluminum-cell"),
    smallestStudy.replacing("simulated:", with: "simulate:"),
    smallestStudy + "  - name: a\n    hidden: [3]\n",
    smallestStudy + "    trainingTrajectories: [4, 8]\n  - name: a-n8\n    hidden: [3]\n",
    smallestStudy.replacing("name: a", with: "name: \(String(repeating: "a", count: 62))")
      + "    trainingTrajectories: [4, 8]\n",
    smallestStudy.replacing(
      "system: aluminium-cell", with: "system: aluminium-cell\n    validationTrajectories: 2")
      + "    penalty: {method: proximal, weight: [1e-4, 1e-4]}\n",
    smallestStudy + "  - name: b\n",
    smallestStudy + "choice: min-error\n",
    smallestStudy.replacing(
      "system: aluminium-cell", with: "system: aluminium-cell\n    validationTrajectories: 2")
      + "    validation: {blocks: 2}\n",
    smallestStudy + "  - 5\n",
    "name: a\ndataset: {simulated: {system: aluminium-cell}}\nvariants: []\n",
    "name: a\ndataset: {}\nvariants: [{name: a, hidden: [1]}]\n",
    fileStudy.replacing("inputs: [u]", with: "inputs: [x]"),
    fileStudy.replacing("inputs: [u]", with: "inputs: [u]\n    trajectoryColumn: u"),
    fileStudy.replacing("samplingTime: 1", with: "samplingTime: 0"),
    fileStudy.replacing("dataset:", with: "dataset:\n  simulated: {system: aluminium-cell}"),
  ]

  /// Each text has exactly one problem.
  private func refusals(_ additions: [String], _ study: (String) -> String) -> String {
    additions.map { addition in
      let found = problems(in: study(addition))
      #expect(found.count == 1, "\(addition): \(found)")
      return "\(addition)\n→ \(found.map(\.description).joined(separator: "\n→ "))\n"
    }.joined(separator: "\n")
  }

  @Test func atTheTop() throws {
    let text = refusals(Self.topLevel) { smallestStudy + $0 + "\n" }
    #expect(text == (try Snapshot.recorded("refusals-at-the-top", of: text)))
  }

  @Test func inAVariant() throws {
    let text = refusals(Self.inVariant) { smallestStudy + "    " + $0 + "\n" }
    #expect(text == (try Snapshot.recorded("refusals-in-a-variant", of: text)))
  }

  @Test func hiddenLayers() throws {
    let text = refusals(Self.hidden) { smallestStudy.replacing("[20, 20]", with: $0) }
    #expect(text == (try Snapshot.recorded("refusals-of-hidden-layers", of: text)))
  }

  @Test func wholeFiles() throws {
    let text = refusals(Self.files) { $0 }
    #expect(text == (try Snapshot.recorded("refusals-of-whole-files", of: text)))
  }

  static let fileStudy = """
    name: a
    dataset:
      files:
        train: [a]
        test: [b]
        states: [x]
        inputs: [u]
        samplingTime: 1
    variants: [{name: a, hidden: [1]}]

    """

  /// Outputs, and lags and dead times by the names of signals.
  static let signals =
    [
      fileStudy.replacing("    states: [x]\n", with: ""),
      fileStudy.replacing("states: [x]", with: "states: [x]\n    outputs: [y]"),
      fileStudy.replacing("states: [x]", with: "outputs: [u]"),
      smallestStudy.replacing("system: aluminium-cell", with: "system: cascaded-tanks\n    outputs: [x3]"),
      smallestStudy.replacing(
        "system: aluminium-cell",
        with: "system: cascaded-tanks\n    outputs: [x2]\n    measurementNoise: [1, 2]"),
    ]
    + [
      "lags: {outputs: {y: 2}}", "lags: {inputs: {u: 0}}", "deadTime: {pump: 2}", "deadTime: {}",
      "outputWeights: {u: 2}", "outputWeights: {x: 0}", "outputWeights: 2", "deadTime: [2]",
      "hiddenStates: 1", "hiddenStates: 101", "loss: {horizon: 20}",
      "loss: {method: simulation, horizon: all}",
      "hiddenStates: 1, initialState: estimated, loss: {method: simulation, horizon: 20}",
      "loss: {method: simulation, growth: 1}",
      "loss: {method: simulation, steps: 2}", "loss: {form: integral}", "loss: {form: integral, steps: 1001}",
      "debias: {steps: 1, learningRate: 1, loss: {horizon: 3}}",
      "pruning: {weights: 1, steps: 1, learningRate: 1, loss: {method: simulation, form: integral}}",
      "hiddenStates: 1, loss: {method: simulation}, debias: {steps: 1, learningRate: 1, loss: {method: oneStep}}",
      "hiddenStates: [0, 1], loss: {method: simulation}",
    ].map { fileStudy.replacing("hidden: [1]", with: "hidden: [1], \($0)") }
    + [
      "hiddenStates: [1, 1], loss: {method: simulation}", "hiddenStates: [0, 2]",
      "hiddenStates: [1, 2], loss: {method: simulation}, penalty: {method: proximal, weight: [1, 2]}",
    ].map {
      fileStudy.replacing("hidden: [1]", with: "hidden: [1], \($0)").replacing(
        "samplingTime: 1", with: "samplingTime: 1\n    validationTrajectories: 1")
    }

  /// Penalties on groups.
  static let groups = [
    "{method: proximal, group: {over: lag}}", "{method: proximal, group: {weight: 1}}",
    "{method: proximal, group: {over: lags, weight: 1}}",
    "{method: subgradient, weight: 1, group: {over: lag, weight: 1}}",
    "{method: none, group: {over: lag, weight: 1}}",
    "{method: proximal, weight: [1, 2], group: {over: lag, weight: [1, 2]}}",
    "{method: proximal, group: {over: lag, weight: [1, 1]}}",
  ]

  @Test func penaltiesOnGroups() throws {
    let text = refusals(Self.groups) {
      smallestStudy.replacing("cell", with: "cell\n    validationTrajectories: 2")
        .replacing("[20, 20]", with: "[20, 20]\n    penalty: \($0)")
    }
    #expect(text == (try Snapshot.recorded("refusals-of-group-penalties", of: text)))
  }

  @Test func signals() throws {
    let text = refusals(Self.signals) { $0 }
    #expect(text == (try Snapshot.recorded("refusals-of-signals", of: text)))
  }

  @Test func fileStudyIsGood() {
    #expect(problems(in: Self.fileStudy).isEmpty)
  }

  @Test func allProblemsAreReportedInOrder() {
    let yaml = """
      name: A
      sed: 1
      dataset:
        simulated: {system: aluminium-cell, trajectories: 0}
      defaults: {epoch: 5}
      variants:
        - name: a
          hidden: [0]
          penalty: {method: prox, weight: -1}
        - epochs: 0
      """
    let found = problems(in: yaml)
    #expect(
      found.map { "\($0.line) \($0.key)" } == [
        "1 name", "2 sed", "4 dataset.simulated.trajectories", "5 defaults.epoch", "8 variants[0].hidden[0]",
        "9 variants[0].penalty.method", "9 variants[0].penalty.weight", "10 variants[1].name",
        "10 variants[1].hidden", "10 variants[1].epochs",
      ])
  }

  @Test func aBadDefaultIsReportedOnce() {
    let yaml = """
      name: a
      dataset: {simulated: {system: aluminium-cell, trajectories: 5}}
      defaults: {hidden: [3], trainingTrajectories: 6, penalty: {method: proximal}}
      variants: [{name: a}, {name: b}]
      """
    let found = problems(in: yaml)
    #expect(found.map(\.key) == ["defaults.trainingTrajectories", "defaults.penalty"])
  }

  @Test func anAliasIsReportedAtItsAnchorAndDoesNotBlowUp() {
    var yaml = "name: a\nx0: &x0 [1, 2]\n"
    for level in 1...60 { yaml += "x\(level): &x\(level) [*x\(level - 1), *x\(level - 1)]\n" }
    #expect(problems(in: yaml).count == 63)
    #expect(problems(in: smallestStudy + "description: &d t\n").map(\.line) == [8])
  }

  @Test func deepNestingIsRefused() {
    let bottomless = problems(in: String(repeating: "[", count: 100_000))
    #expect(bottomless.map { "\($0.line):\($0.column) \($0.key)" } == ["1:1 "])
    let deep = problems(
      in: smallestStudy + "seed: " + String(repeating: "[", count: 900) + String(repeating: "]", count: 900))
    #expect(deep.map { "\($0.line):\($0.column) \($0.key)" } == ["8:7 seed"])
  }

  @Test func descriptionNamesFileLineAndColumn() throws {
    let error = #expect(throws: StudyFileError.self) {
      try StudyFile.study(yaml: smallestStudy + "sed: 1\nepochs: 1\n", file: "my.yaml")
    }
    let lines = try #require(error).description.split(separator: "\n")
    #expect(lines.map { $0.prefix { $0 != " " } } == ["my.yaml:8:1:", "my.yaml:9:1:"])
  }
}
