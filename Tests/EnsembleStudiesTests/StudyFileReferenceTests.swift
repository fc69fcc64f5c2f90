import DynamicalSystems
import EnsembleStudies
import Testing

/// The table of keys is what is documented; the decoder must accept exactly that.
@Suite struct StudyFileReferenceTests {
  /// A value that each key accepts, alone or among its siblings. A key of the table that is not here fails the test.
  static let samples: [String: String] = [
    "name": "s", "description": "text", "seed": "2", "members": "3",
    "dataset.simulated.system": "aluminium-cell", "dataset.simulated.trajectories": "4",
    "dataset.simulated.steps": "300", "dataset.simulated.testTrajectories": "2",
    "dataset.simulated.testSteps": "200", "dataset.simulated.seed": "5",
    "dataset.files.train": "[a.csv]", "dataset.files.test": "[b.csv]", "dataset.files.states": "[x]",
    "dataset.files.inputs": "[u]", "dataset.files.samplingTime": "10",
    "dataset.files.trajectoryColumn": "run",
    "variants[].name": "v", "variants[].members": "2", "forecast.windows": "[[0, 50]]",
  ].merging(
    ["defaults", "variants[]"].flatMap { parent in
      [
        "hidden": "[4]", "inputSkip": "true", "penalty.method": "proximal", "penalty.weight.input": "1e-4",
        "penalty.weight.hidden": "1e-4", "penalty.weight.skip": "1e-4", "learningRate.schedule": "cosine",
        "learningRate.from": "1e-2", "learningRate.to": "1e-3", "adam.beta1": "0.8", "adam.beta2": "0.9",
        "adam.epsilon": "1e-7", "epochs": "2", "batchSize": "16", "trainingTrajectories": "1",
        "pruneThreshold": "1e-2", "activeSet": "true", "screeningInterval": "5",
      ].map { ("\(parent).\($0.key)", $0.value) }
    }, uniquingKeysWith: { first, _ in first })

  /// A study file with every key of the table, except those that start with a prefix.
  private func file(without prefix: String) -> String {
    func lines(of parent: String, indent: String) -> [String] {
      StudyFileReference.children(of: parent).filter { !$0.path.hasPrefix(prefix) }.flatMap { key in
        if let sample = Self.samples[key.path] { return ["\(indent)\(key.name): \(sample)"] }
        if key.kind == .mappings {
          let inner = lines(of: "\(key.path)[]", indent: indent + "    ")
          return ["\(indent)\(key.name):", "\(indent)  -"] + inner
        }
        return ["\(indent)\(key.name):"] + lines(of: key.path, indent: indent + "  ")
      }
    }
    return lines(of: "", indent: "").joined(separator: "\n") + "\n"
  }

  @Test func everyKeyOfTheTableIsAccepted() {
    for other in ["dataset.files", "dataset.simulated"] {
      let text = file(without: other)
      #expect(problems(in: text).isEmpty, "\(problems(in: text))\n\(text)")
      for key in StudyFileReference.keys where !key.path.hasPrefix(other) {
        #expect(text.contains(key.name + ":"), "\(key.path)")
      }
    }
  }

  @Test func everyKeyHasAnEffectOrIsRefused() throws {
    // Take each key out of the full file: the study must change, or a required key must be missed.
    for other in ["dataset.files", "dataset.simulated"] {
      let whole = try StudyFile.study(yaml: file(without: other), file: "s")
      for (path, sample) in Self.samples
      where !path.hasPrefix(other) && !path.hasPrefix("defaults") && path != "members" {
        let name = path.split(separator: ".").last.map(String.init) ?? path
        let key = try #require(StudyFileReference.key(at: path))
        var lines = file(without: other).split(separator: "\n").map(String.init)
        let after = lines.firstIndex(of: path.hasPrefix("variants") ? "variants:" : lines[0]) ?? 0
        let line = try #require(
          lines[after...].firstIndex { $0.hasSuffix(" \(name): \(sample)") || $0 == "\(name): \(sample)" })
        lines.remove(at: line)
        let text = lines.joined(separator: "\n").replacing(/forecast:$/, with: "forecast: {}")
        let isInDefaults = StudyFileReference.key(at: path.replacing("variants[]", with: "defaults")) != nil
        if key.presence == .required && !(isInDefaults && name == "hidden") {
          #expect(problems(in: text).contains { $0.key.hasSuffix(name) }, "\(path)")
        } else if !isInDefaults || !path.hasPrefix("variants") {
          #expect(try StudyFile.study(yaml: text, file: "s") != whole, "\(path)")
        }
      }
    }
  }

  @Test func keysOutsideTheTableAreRefusedEverywhere() {
    let parents = Set(StudyFileReference.keys.map(\.parent))
    for other in ["dataset.files", "dataset.simulated"] {
      let lines = file(without: other).split(separator: "\n").map(String.init)
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
      variants: [Variant(name: "a", hidden: [20, 20])],
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
    for key in StudyFileReference.keys where !key.path.hasPrefix("defaults.") {
      #expect(lines.contains(Substring(key.path)))
      #expect(
        key.meaning.hasSuffix(".") && key.meaning.first?.isUppercase == true || key.meaning.hasPrefix("l1"))
    }
    #expect(lines.allSatisfy { $0.count <= 80 })
    #expect(
      text.contains(
        """
        dataset.files.samplingTime
            a number greater than 0, in s; required
            Time from one row to the next.
        """))
  }
}
