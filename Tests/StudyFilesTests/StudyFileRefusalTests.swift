import StudyFiles
import Testing

@Suite struct StudyFileRefusalTests {
  /// A line added to the smallest study, at the top level or in its variant, and the refusal expected for it.
  struct Bad: CustomTestStringConvertible, Sendable {
    var addition: String
    var problem: String
    var testDescription: String { problem }

    init(_ addition: String, _ problem: String) {
      self.addition = addition
      self.problem = problem
    }
  }

  static let topLevel: [Bad] = [
    Bad("sed: 1", "8:1: key 'sed': there is no such key; did you mean 'seed'?"),
    Bad("epochs: 1", "8:1: key 'epochs': there is no such key here; 'epochs' belongs in variants[]"),
    Bad("zebra: 1", "8:1: key 'zebra': there is no such key; keys here: name, description, seed, members"),
    Bad(
      "seed: -1", "8:7: key 'seed': -1 is out of range; write a whole number from 0 to 18446744073709551615"),
    Bad("seed: 18446744073709551616", "8:7: key 'seed': 18446744073709551616 is out of range"),
    Bad("seed: 012", "8:7: key 'seed': '012' starts with a zero"),
    Bad("seed: 0x10", "8:7: key 'seed': '0x10' is not a number"),
    Bad("seed: 1_000", "8:7: key 'seed': '1_000' is not a number"),
    Bad("seed: '7'", "8:7: key 'seed': this is text, because of the quotes"),
    Bad("seed:", "key 'seed': there is no value here"),
    Bad("seed: [1]", "8:7: key 'seed': a list where a whole number from 0"),
    Bad("seed: {a: 1}", "8:7: key 'seed': a mapping (key: value) where a whole number"),
    Bad("seed: !!int 7", "8:7: key 'seed': tags (tag:yaml.org,2002:int) are not supported"),
    Bad("members: 0", "8:10: key 'members': 0 is out of range; write a whole number from 1 to 1000000"),
    Bad("members: 1e3", "8:10: key 'members': '1e3' is not written as a whole number"),
    Bad("members: ten", "8:10: key 'members': 'ten' is not a number"),
    Bad("description: ''", "8:14: key 'description': the text is empty"),
    Bad("forecast: {windows: [[5, 5]]}", "key 'forecast.windows[0]': the window [5, 5] holds no step"),
    Bad("forecast: {windows: [[0, 5001]]}", "ends at 5001 but a test trajectory has 5000 samples"),
    Bad(
      "forecast: {windows: [[0, 5, 9]]}",
      "key 'forecast.windows[0]': the list has 3 elements; write a list of 2"),
    Bad(
      "forecast: {windows: [[0, 5], [0, 5]]}",
      "key 'forecast.windows[1]': the window [0, 5] is in the list twice"),
    Bad("forecast: {windows: []}", "key 'forecast.windows': the list has 0 elements"),
    Bad("forecast: {windows: [[-1, 5]]}", "key 'forecast.windows[0][0]': -1 is out of range"),
    Bad("forecast: {windows: 5}", "write [5] for a list of one"),
    Bad("defaults: {name: b}", "key 'defaults.name': there is no such key"),
    Bad("defaults: {epoch: 5}", "key 'defaults.epoch': there is no such key; did you mean 'epochs'?"),
    Bad("? [a, b]\n: 1", "8:3: a key must be a plain word"),
    Bad("<<: {seed: 1}", "key '<<': merge keys are not supported"),
    Bad("description: &d text", "anchors (&name) and aliases (*name) are not supported"),
    Bad("description: *d", "8:14: this is not valid YAML: found undefined alias"),
    Bad("name: again", "1:1: key 'name': in the mapping here 'name' is given more than once"),
    Bad("description: 'open", "this is not valid YAML: found unexpected end of stream"),
    Bad("  seed: 1", "this is not valid YAML"),
    Bad("---\nname: b", "8:1: this is not valid YAML: but found another document"),
    Bad("description: a\u{7}b", "8:15: this character cannot be in a YAML file"),
  ]

  @Test(arguments: topLevel)
  func atTheTop(bad: Bad) {
    expect(problems(in: smallestStudy + bad.addition + "\n"), bad)
  }

  static let inVariant: [Bad] = [
    Bad("epochs: 0", "8:13: key 'variants[0].epochs': 0 is out of range; write a whole number from 1"),
    Bad("batchSize: 0", "key 'variants[0].batchSize': 0 is out of range"),
    Bad(
      "batchSize: 199961", "larger than the training set of 199960 pairs (40 trajectories of 5000 samples)"),
    Bad("trainingTrajectories: 41", "41 training trajectories are wanted but the dataset has 40"),
    Bad(
      "trainingTrajectories: most",
      "'most' is not a number; write a whole number from 1 to 1000000, a list of"),
    Bad(
      "learningRate: 0",
      "8:19: key 'variants[0].learningRate': 0 is out of range; write a mapping, or a number greater"),
    Bad("learningRate: -1e-3", "-1e-3 is out of range"),
    Bad("learningRate: .nan", "'.nan' is not a finite number"),
    Bad("learningRate: -.Inf", "'-.Inf' is not a finite number"),
    Bad("learningRate: 1e999", "'1e999' is too large"),
    Bad("learningRate: 1e-999", "'1e-999' is too close to zero"),
    Bad("learningRate: 1e", "'1e' is not a number"),
    Bad("learningRate: 1.2.3", "'1.2.3' is not a number"),
    Bad("learningRate: 01.5", "'01.5' starts with a zero"),
    Bad(
      "learningRate: {schedule: constant, from: 1, to: 2}",
      "key 'variants[0].learningRate.to': a constant rate"),
    Bad("learningRate: {schedule: cosine, from: 1}", "a cosine schedule needs the rate at its end"),
    Bad("learningRate: {from: 1}", "key 'variants[0].learningRate.schedule': this key is missing"),
    Bad("learningRate: {schedule: cosin, from: 1, to: 1}", "'cosin' is not allowed; did you mean 'cosine'?"),
    Bad(
      "penalty: {method: l1, weight: 1}", "'l1' is not allowed; allowed: 'none', 'subgradient', 'proximal'"),
    Bad("penalty: {method: proximal}", "the method is proximal but there is no weight"),
    Bad("penalty: {method: proximal, weight: -1}", "key 'variants[0].penalty.weight': -1 is out of range"),
    Bad("penalty: {method: none, weight: 1}", "a weight has no effect with method none"),
    Bad(
      "penalty: {method: proximal, weight: {input: 1}}",
      "key 'variants[0].penalty.weight.hidden': this key is missing"),
    Bad("penalty: proximal", "key 'variants[0].penalty': a single value where a mapping is expected"),
    Bad("inputSkip: yes", "'yes' is not a flag; write true or false"),
    Bad("inputSkip: 'true'", "this is text, because of the quotes, where true or false is expected"),
    Bad("activation: gelu", "'gelu' is not allowed"),
    Bad("loss: {error: squared, delta: 2}", "only the Huber loss has a delta"),
    Bad("loss: {error: huber, delta: 0}", "0 is out of range; write a number greater than 0"),
    Bad("loss: {error: huber, delta: 1e-60}", "it is not a positive number in float32"),
    Bad("adam: {beta1: 1}", "1 is out of range; write a number at least 0 and less than 1"),
    Bad("adam: {epsilon: 0}", "0 is out of range; write a number greater than 0"),
    Bad("activeSet: true", "only the proximal penalty makes weights zero, and variant 'a' has none"),
    Bad("screeningInterval: 0", "0 is out of range"),
    Bad("pruneThreshold: -0.1", "-0.1 is out of range; write a number 0 or greater"),
    Bad("members: 2000000", "2000000 is out of range"),
    Bad("epochs: 5\n    steps: 9", "key 'variants[0].steps': the length is given by epochs already"),
    Bad("trainingTrajectories: [40, 41]", "41 training trajectories are wanted but the dataset has 40"),
    Bad("trainingTrajectories: [4, 4]", "a size is in the list twice"),
    Bad(
      "trainingTrajectories: [4]",
      "the list has 1 elements; write a whole number from 1 to 1000000, a list of"),
    Bad(
      "trainingTrajectories: [1, 40]\n    batchSize: 5000",
      "a batch of 5000 is larger than the training set of 4999 pairs"),
    Bad(
      "penalty: {method: proximal, weight: [1e-4, 1e-3]}",
      "key 'variants[0].penalty.weight': a path chooses one of its weights by validation trajectories"),
    Bad("penalty: {method: proximal, weight: [1e-4]}", "the list has 1 elements"),
    Bad("penalty: {method: proximal, weight: 1e-4, selection: min-error}", "there is nothing to select"),
    Bad("debias: {epochs: 3}", "key 'variants[0].debias.learningRate': this key is missing"),
    Bad("debias: {learningRate: 1e-3}", "key 'variants[0].debias': there is no length; add epochs or steps"),
    Bad("debias: {epochs: 3, steps: 3, learningRate: 1e-3}", "the length is given by epochs already"),
    Bad(
      "debias: {epochs: 3, learningRate: {schedule: cosine, from: 1}}",
      "a cosine schedule needs the rate at its end"),
    Bad("pruning: {epochs: 3, learningRate: 1e-3}", "key 'variants[0].pruning.weights': this key is missing"),
    Bad("pruning: {weights: 0, epochs: 3, learningRate: 1e-3}", "0 is out of range"),
  ]

  @Test(arguments: inVariant)
  func inAVariant(bad: Bad) {
    expect(problems(in: smallestStudy + "    " + bad.addition + "\n"), bad)
  }

  static let hidden: [Bad] = [
    Bad("[]", "7:13: key 'variants[0].hidden': the list has 0 elements; write a list of 1 to 64"),
    Bad("[-5]", "7:14: key 'variants[0].hidden[0]': -5 is out of range; write a whole number from 1 to 4096"),
    Bad("[20, 4097]", "7:18: key 'variants[0].hidden[1]': 4097 is out of range"),
    Bad("[20, 2.5]", "key 'variants[0].hidden[1]': '2.5' is not written as a whole number"),
    Bad("[\(Array(repeating: "5", count: 65).joined(separator: ","))]", "the list has 65 elements"),
    Bad("20", "a single value where a list is expected; write [20] for a list of one"),
  ]

  @Test(arguments: hidden)
  func hiddenLayers(bad: Bad) {
    expect(problems(in: smallestStudy.replacing("[20, 20]", with: bad.addition)), bad)
  }

  static let files: [Bad] = [
    Bad("", " key 'name': this key is missing"),
    Bad("# a comment\n", "the file is empty; a study has at least name, dataset and variants"),
    Bad("~", "the file is empty"),
    Bad("- name: a\n", "1:1: a list where the keys of a study (name, dataset, variants, …) are expected"),
    Bad("just text", "the file holds a single value"),
    Bad("name: Upper\n" + smallestStudy.dropFirst(12), "1:7: key 'name': 'Upper' cannot be a name"),
    Bad(
      smallestStudy.replacing("system: aluminium-cell", with: "system: aluminum-cell"),
      "did you mean 'aluminium-cell'?"),
    Bad(
      smallestStudy.replacing("simulated:", with: "simulate:"),
      "key 'dataset.simulate': there is no such key; did you mean"),
    Bad(
      smallestStudy + "  - name: a\n    hidden: [3]\n",
      "8:11: key 'variants[1].name': 'a' is the name of another variant, on line 6"),
    Bad(
      smallestStudy + "    trainingTrajectories: [4, 8]\n  - name: a-n8\n    hidden: [3]\n",
      "9:11: key 'variants[1].name': 'a-n8' is the name of another variant, on line 6"),
    Bad(
      smallestStudy.replacing("name: a", with: "name: \(String(repeating: "a", count: 62))")
        + "    trainingTrajectories: [4, 8]\n", "more than 64 letters; shorten the name"),
    Bad(
      smallestStudy.replacing(
        "system: aluminium-cell", with: "system: aluminium-cell\n    validationTrajectories: 2")
        + "    penalty: {method: proximal, weight: [1e-4, 1e-4]}\n", "a weight is in the path twice"),
    Bad(
      smallestStudy + "  - name: b\n",
      "8:5: key 'variants[1].hidden': this key is missing; add it: a list of 1 to 64"),
    Bad(smallestStudy + "  - 5\n", "8:5: key 'variants[1]': a single value where a mapping is expected"),
    Bad(
      "name: a\ndataset: {simulated: {system: aluminium-cell}}\nvariants: []\n",
      "3:11: key 'variants': the list is empty"),
    Bad(
      "name: a\ndataset: {}\nvariants: [{name: a, hidden: [1]}]\n", "2:10: key 'dataset': there is no data"),
    Bad(
      fileStudy.replacing("inputs: [u]", with: "inputs: [x]"),
      "column 'x' is used already, as dataset.files.states[0]"),
    Bad(
      fileStudy.replacing("inputs: [u]", with: "inputs: [u]\n    trajectoryColumn: u"),
      "column 'u' is used already"),
    Bad(fileStudy.replacing("samplingTime: 1", with: "samplingTime: 0"), "0 is out of range"),
    Bad(
      fileStudy.replacing("dataset:", with: "dataset:\n  simulated: {system: aluminium-cell}"),
      "a study has either simulated data or files"),
  ]

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
  static let signals: [Bad] = [
    Bad(
      fileStudy.replacing("    states: [x]\n", with: ""),
      "key 'dataset.files': there is nothing to predict"),
    Bad(
      fileStudy.replacing("states: [x]", with: "states: [x]\n    outputs: [y]"),
      "key 'dataset.files.outputs': the signals are given by states already"),
    Bad(
      fileStudy.replacing("states: [x]", with: "outputs: [u]"),
      "key 'dataset.files.inputs[0]': column 'u' is used already, as dataset.files.outputs[0]"),
    Bad(
      fileStudy.replacing("hidden: [1]", with: "hidden: [1], lags: {outputs: {y: 2}}"),
      "key 'variants[0].lags.outputs.y': the dataset has no output 'y'; did you mean 'x'?"),
    Bad(
      fileStudy.replacing("hidden: [1]", with: "hidden: [1], lags: {inputs: {u: 0}}"),
      "key 'variants[0].lags.inputs.u': 0 is out of range; write a whole number from 1 to 1000"),
    Bad(
      fileStudy.replacing("hidden: [1]", with: "hidden: [1], deadTime: {pump: 2}"),
      "key 'variants[0].deadTime.pump': the dataset has no input 'pump'; it has u"),
    Bad(
      fileStudy.replacing("hidden: [1]", with: "hidden: [1], deadTime: {}"),
      "key 'variants[0].deadTime': the mapping is empty"),
    Bad(
      fileStudy.replacing("hidden: [1]", with: "hidden: [1], deadTime: [2]"),
      "key 'variants[0].deadTime': a list where a whole number"),
    Bad(
      smallestStudy.replacing("system: aluminium-cell", with: "system: cascaded-tanks\n    outputs: [x3]"),
      "outputs[0]': cascaded-tanks has no state 'x3'; it has x1, x2"),
    Bad(
      smallestStudy.replacing(
        "system: aluminium-cell",
        with: "system: cascaded-tanks\n    outputs: [x2]\n    measurementNoise: [1, 2]"
      ),
      "measurementNoise': there are 2 numbers for 1 outputs"),
  ]

  /// Penalties on groups.
  static let groups: [Bad] = [
    Bad("{method: proximal, group: {over: lag}}", "penalty.group.weight': this key is missing"),
    Bad("{method: proximal, group: {weight: 1}}", "penalty.group.over': this key is missing"),
    Bad("{method: proximal, group: {over: lags, weight: 1}}", "'lags' is not allowed; did you mean 'lag'?"),
    Bad(
      "{method: subgradient, weight: 1, group: {over: lag, weight: 1}}",
      "penalty.group': only the proximal method makes groups zero, and the method is subgradient"),
    Bad("{method: none, group: {over: lag, weight: 1}}", "penalty.group': only the proximal method"),
    Bad(
      "{method: proximal, weight: [1, 2], group: {over: lag, weight: [1, 2]}}",
      "penalty.group.weight': the penalty has a path already"),
    Bad(
      "{method: proximal, group: {over: lag, weight: [1, 1]}}",
      "penalty.group.weight': a weight is in the path twice"),
  ]

  @Test(arguments: groups)
  func penaltiesOnGroups(bad: Bad) {
    let text = smallestStudy.replacing("cell", with: "cell\n    validationTrajectories: 2")
      .replacing("[20, 20]", with: "[20, 20]\n    penalty: \(bad.addition)")
    expect(problems(in: text), bad)
  }

  @Test(arguments: signals)
  func signalsThatTheDatasetDoesNotHave(bad: Bad) {
    expect(problems(in: bad.addition), bad)
  }

  @Test(arguments: files.dropFirst())
  func wholeFiles(bad: Bad) {
    expect(problems(in: bad.addition), bad)
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
    #expect(
      bottomless.map(\.description) == [
        "1:1: lists and mappings are nested more than 1000 deep; flatten them"
      ])
    let deep = String(repeating: "[", count: 900) + String(repeating: "]", count: 900)
    expect(problems(in: smallestStudy + "seed: " + deep), Bad("", "8:7: key 'seed': a list where"))
  }

  @Test func descriptionNamesFileLineAndColumn() {
    let error = #expect(throws: StudyFileError.self) {
      try StudyFile.study(yaml: smallestStudy + "sed: 1\nepochs: 1\n", file: "my.yaml")
    }
    #expect(
      error?.description == """
        my.yaml:8:1: key 'sed': there is no such key; did you mean 'seed'?
        my.yaml:9:1: key 'epochs': there is no such key here; 'epochs' belongs in variants[]
        """)
  }

  private func expect(_ problems: [StudyFileProblem], _ bad: Bad) {
    #expect(problems.count == 1, "\(problems)")
    #expect(problems.first?.description.contains(bad.problem) == true, "\(problems.map(\.description))")
  }
}
