import StudyFiles
import Foundation
import Testing
import TrajectoryData

/// The table of keys is what is documented; the decoder must accept exactly that.
@Suite struct StudyFileReferenceTests {
  /// A value that each key accepts, alone or among its siblings. A key of the table that is not here fails the test.
  static let samples: [String: String] = [
    "name": "s", "description": "text", "seed": "2", "members": "3",
    "dataset.simulated.system": "predator-prey", "dataset.simulated.trajectories": "4",
    "dataset.simulated.steps": "300", "dataset.simulated.testTrajectories": "2",
    "dataset.simulated.testSteps": "200", "dataset.simulated.seed": "5",
    "dataset.files.states": "[x]",
    "dataset.files.inputs": "[u]", "dataset.files.samplingTime": "10", "dataset.files.units": "{x: m}",
    "dataset.files.split.validation": "0.15", "dataset.files.split.test": "0.2",
    "dataset.files.resample.step": "10", "dataset.files.resample.states": "mean",
    "dataset.files.resample.inputs": "linear", "dataset.files.resample.maxGap": "40",
    "dataset.files.missing": "[-200, off]", "dataset.files.missingOutputs": "mask",
    "dataset.files.outputs": "[x]", "dataset.simulated.outputs": "[x2]",
    "dataset.simulated.measurementNoise": "[0.5]",
    "dataset.files.trajectoryColumn": "run", "dataset.files.validationTrajectories": "1",
    "dataset.simulated.validationTrajectories": "1", "choice": "one-standard-error",
    "variants[].name": "v", "variants[].members": "2", "forecast.windows": "[[0, 50]]",
  ].merging(fileSamples, uniquingKeysWith: { first, _ in first }).merging(
    ["defaults", "variants[]"].flatMap { parent in
      [
        "lags.outputs": "{\"x\": 3}", "lags.inputs": "2", "deadTime": "4", "inputAtOutput": "true",
        "hidden": "[4]", "inputSkip": "true", "activation": "tanh", "loss.error": "huber",
        "loss.delta": "0.5", "loss.method": "simulation", "loss.horizon": "whole", "loss.growth": "0.25",
        "loss.clipping": "2", "loss.startSteps": "30", "hiddenStates": "2", "washout": "7",
        "initialState": "washout", "outputWeights": "{\"x\": 2.5}",
        "penalty.method": "proximal", "penalty.weight.input": "1e-4",
        "penalty.weight.hidden": "1e-4", "penalty.weight.skip": "1e-4", "learningRate.schedule": "cosine",
        "learningRate.from": "1e-2", "learningRate.to": "1e-3", "adam.beta1": "0.8", "adam.beta2": "0.9",
        "adam.epsilon": "1e-7", "epochs": "2", "batchSize": "16", "trainingTrajectories": "1",
        "pruneThreshold": "1e-2", "activeSet": "true", "screeningInterval": "5",
        "penalty.group.over": "signal-of-unit", "penalty.group.weight": "2e-3",
        "penalty.selection": "min-error", "steps": "7", "pruning.weights": "9", "pruning.rounds": "2",
        "pruning.criterion": "fisher",
        "pruning.epochs": "3", "pruning.steps": "8", "pruning.learningRate.schedule": "cosine",
        "pruning.learningRate.from": "3e-2", "pruning.learningRate.to": "3e-3", "pruning.batchSize": "17",
        "validationInterval": "70", "debias.epochs": "4", "debias.steps": "9",
        "debias.learningRate.schedule": "cosine",
        "debias.learningRate.from": "1e-4", "debias.learningRate.to": "1e-5", "debias.batchSize": "18",
        "validation.blocks": "5", "pruning.iterations": "6", "finish.method": "lbfgs",
        "finish.iterations": "30",
        "finish.startIterations": "0", "finish.horizon": "whole", "finish.windows": "90",
        "finish.samples": "900", "finish.ridge": "1e-5", "finish.tolerance": "1e-4",
        "loss.form": "integral", "loss.steps": "11", "pruning.loss.method": "simulation",
        "pruning.loss.horizon": "21", "pruning.loss.growth": "0.2", "pruning.loss.clipping": "3",
        "pruning.loss.form": "integral", "pruning.loss.steps": "12", "debias.loss.method": "simulation",
        "debias.loss.horizon": "22", "debias.loss.growth": "0.3", "debias.loss.clipping": "4",
        "debias.loss.form": "integral", "debias.loss.steps": "13",
      ].map { ("\(parent).\($0.key)", $0.value) }
    }, uniquingKeysWith: { first, _ in first })

  private static let fileSamples: [String: String] = {
    var samples: [String: String] = [:]
    func add(_ parent: String, _ values: KeyValuePairs<String, String>) {
      for (name, value) in values { samples["\(parent).\(name)"] = value }
    }
    let recordings = ["train", "validation", "test"].map { "dataset.files.\($0)[]" }
    for (number, recording) in recordings.enumerated() {
      add(
        recording,
        [
          "file": "f\(number).csv", "rows": "5..<90\(number)", "columns": "{u: c\(number)}",
          "join.file": "j\(number).csv", "join.by": "time",
        ])
    }
    for parent in ["dataset.files.time"] + recordings.map({ $0 + ".join.time" }) {
      add(
        parent,
        ["column": "t", "clock": "c", "unit": "min", "format": "yyyy-MM-dd HH:mm", "tolerance": "0.25"])
    }
    for parent in ["dataset.files.format"] + recordings.flatMap({ [$0 + ".format", $0 + ".join.format"] }) {
      add(
        parent,
        [
          "separator": "tab", "decimal": "comma", "thousands": "point", "encoding": "latin-1",
          "header": "false", "unitsRow": "true", "comment": "'//'", "skipLines": "3",
        ])
    }
    return samples
  }()

  /// Keys that exclude each other: a file has those of one side only.
  static let alternatives: [(without: [String], instead: [String: String])] = [
    (
      [
        "dataset.files", "*.steps", "*.selection", "*.loss.form", "*.pruning.iterations",
        "*.validation", "*.validation.",
      ],
      ["*.lags.outputs": "{\"x2\": 3}", "*.outputWeights": "{\"x2\": 2.5}"]
    ),
    (
      [
        "dataset.simulated", "dataset.files.outputs", "*.epochs", "*.weight.", "*.loss.horizon",
        "*.loss.growth", "*.loss.clipping", "*.loss.startSteps", "*.hiddenStates", "*.washout",
        "*.initialState", "*.pruning.iterations", "*.validation", "*.validation.",
      ],
      [
        "*.penalty.weight": "[1e-4, 2e-4]", "*.loss.method": "oneStep", "*.pruning.loss.method": "oneStep",
        "*.debias.loss.method": "oneStep",
      ]
    ),
    (
      [
        "dataset.simulated", "dataset.files.states", "*.epochs", "*.weight.", "*.loss.form", "*.loss.steps",
        "*.pruning.steps", "*.pruning.learningRate.", "*.pruning.batchSize", "*.pruning.loss.",
        "dataset.files.validation", "dataset.files.split.validation", "*.validationInterval",
      ],
      ["*.penalty.weight": "[1e-4, 2e-4]", "*.pruning.criterion": "obs"]
    ),
  ]

  private func isLeftOut(_ path: String, _ without: [String]) -> Bool {
    without.contains { pattern in
      guard pattern.hasPrefix("*") else { return path.hasPrefix(pattern) }
      let isShared = path.hasPrefix("defaults") || path.hasPrefix("variants")
      return isShared && (path + (pattern.hasSuffix(".") ? "." : "")).contains(pattern.dropFirst())
        && (pattern.hasSuffix(".") ? !path.hasSuffix(".weight") : path.hasSuffix(pattern.dropFirst()))
    }
  }

  private func samples(of alternative: Int) -> [String: String] {
    let (without, instead) = Self.alternatives[alternative]
    var samples = Self.samples.filter { !isLeftOut($0.key, without) }
    for (pattern, sample) in instead {
      for parent in ["defaults", "variants[]"] { samples[parent + pattern.dropFirst()] = sample }
    }
    return samples
  }

  /// A study file with every key of the table that an alternative has.
  private func file(_ alternative: Int) -> String {
    let samples = samples(of: alternative)
    let without = Self.alternatives[alternative].without
    func lines(of parent: String, indent: String) -> [String] {
      StudyFileReference.children(of: parent).filter { !isLeftOut($0.path, without) }.flatMap { key in
        if let sample = samples[key.path] { return ["\(indent)\(key.name): \(sample)"] }
        if StudyFileReference.children(of: "\(key.path)[]").first != nil {
          let inner = lines(of: "\(key.path)[]", indent: indent + "    ")
          return ["\(indent)\(key.name):", "\(indent)  -"] + inner
        }
        return ["\(indent)\(key.name):"] + lines(of: key.path, indent: indent + "  ")
      }
    }
    return lines(of: "", indent: "").joined(separator: "\n") + "\n"
  }

  @Test func everyKeyOfTheTableIsAccepted() {
    var seen: Set<String> = []
    for alternative in Self.alternatives.indices {
      let text = file(alternative)
      #expect(problems(in: text).isEmpty, "\(problems(in: text))\n\(text)")
      let without = Self.alternatives[alternative].without
      for key in StudyFileReference.keys where !isLeftOut(key.path, without) {
        #expect(text.contains(key.name + ":"), "\(key.path)")
        seen.insert(key.path)
      }
    }
    #expect(seen == Set(StudyFileReference.keys.map(\.path)))
  }

  @Test func everyKeyHasAnEffectOrIsRefused() throws {
    // Take each key out of the full file: the study must change, or a required key must be missed.
    for alternative in Self.alternatives.indices {
      let whole = try StudyFile.study(yaml: file(alternative), file: "s")
      for (path, sample) in samples(of: alternative)
      where !path.hasPrefix("defaults") && path != "members" {
        let name = path.split(separator: ".").last.map(String.init) ?? path
        let key = try #require(StudyFileReference.key(at: path))
        var lines = file(alternative).split(separator: "\n").map(String.init)
        let after = lines.firstIndex(of: path.hasPrefix("variants") ? "variants:" : lines[0]) ?? 0
        let line = try #require(
          lines[after...].firstIndex { $0.hasSuffix(" \(name): \(sample)") || $0 == "\(name): \(sample)" })
        lines.remove(at: line)
        let text = lines.joined(separator: "\n").replacing(/forecast:$/, with: "forecast: {}")
        let isInDefaults = StudyFileReference.key(at: path.replacing("variants[]", with: "defaults")) != nil
        if key.presence == .required && !(isInDefaults && name == "hidden") {
          #expect(problems(in: text).contains { $0.key.hasSuffix(name) }, "\(path)")
        } else if !isInDefaults || !path.hasPrefix("variants") {
          // Without a validation set a path is refused.
          let isRefused = !problems(in: text).isEmpty
          #expect(try isRefused || StudyFile.study(yaml: text, file: "s") != whole, "\(path)")
        }
      }
    }
  }

  @Test func keysOutsideTheTableAreRefusedEverywhere() {
    let parents = Set(StudyFileReference.keys.map(\.parent))
    for alternative in Self.alternatives.indices {
      let lines = file(alternative).split(separator: "\n").map(String.init)
      var refused = 0
      for (index, line) in lines.enumerated() where !line.hasSuffix("-") {
        // A stranger before each line stands in the same mapping as the key of that line.
        let indent = line.prefix { $0 == " " }
        let text = (lines[..<index] + ["\(indent)stranger: 1"] + lines[index...]).joined(separator: "\n")
        let found = problems(in: text)
        #expect(
          found.count == 1 && found[0].key.hasSuffix("stranger") && found[0].line == index + 1, "\(found)")
        refused += 1
      }
      #expect(refused > parents.count)
    }
  }

  @Test func defaultsOfTheTableAreThoseOfTheTypes() throws {
    let study = try StudyFile.study(yaml: smallestStudy, file: "s")
    let plain = Study(
      name: "small", dataset: .simulated(SimulatedDataset()),
      variants: [Variant(name: "a", hidden: [20, 20], batchSize: 128)],
      forecast: Forecast(windows: ForecastWindow.standard))
    #expect(study == plain)
  }

  @Test func variantsAndDefaultsShareTheirKeys() {
    let shared = { (parent: String) in
      Set(
        StudyFileReference.keys.filter { $0.path.hasPrefix(parent + ".") }.map {
          $0.path.dropFirst(parent.count + 1)
        })
    }
    #expect(shared("variants[]").subtracting(shared("defaults")) == ["name", "members"])
    #expect(shared("defaults").subtracting(shared("variants[]")).isEmpty)
  }

  @Test func documentationNamesEveryKeyWithinTheWidth() {
    let text = StudyFileReference.documentation(width: 80)
    let lines = text.split(separator: "\n")
    let documented = StudyFileReference.documentedKeys
    for key in StudyFileReference.keys where !documented.contains(key) {
      #expect(documented.contains { $0.name == key.name && $0.kind == key.kind }, "\(key.path)")
    }
    for key in documented {
      #expect(lines.contains(Substring(key.path)))
      #expect(
        key.meaning.hasSuffix(".") && key.meaning.first?.isUppercase == true || key.meaning.hasPrefix("l1"))
    }
    #expect(lines.allSatisfy { $0.count <= 80 })
    #expect(
      text.contains(
        """
        dataset.files.resample.step
            a number greater than 0, in s; required
            The new sampling time.
        """))
  }

  /// After a change: `potline study reference --markdown > Sources/StudyFiles/StudyFiles.docc/StudyFileKeys.md`.
  @Test func articleIsGenerated() throws {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let article = tests.deletingLastPathComponent().appendingPathComponent(
      "Sources/StudyFiles/StudyFiles.docc/StudyFileKeys.md")
    #expect(try String(contentsOf: article, encoding: .utf8) == StudyFileReference.markdown())
  }
}
