extension Study {
  /// The study as the text of a study file in which every key is written with its value.
  ///
  /// The text depends on the study alone, and reading it gives an equal study.
  package func resolvedYAML() -> String {
    var lines = ["name: \(name)"]
    if let description { lines.append("description: \(quoted(description))") }
    lines.append("seed: \(seed)")
    lines.append("dataset:")
    switch dataset {
    case .simulated(let dataset): lines += StudyWriter.lines(dataset)
    case .files(let dataset): lines += StudyWriter.lines(dataset)
    }
    lines.append("variants:")
    lines += families.flatMap(StudyWriter.lines)
    let windows = forecast.windows.map { "[\($0.from), \($0.to)]" }.joined(separator: ", ")
    lines += ["forecast:", "  windows: [\(windows)]"]
    return lines.joined(separator: "\n") + "\n"
  }
}

/// The parts of a written study file.
enum StudyWriter {
  static func lines(_ dataset: SimulatedDataset) -> [String] {
    [
      "  simulated:", "    system: \(dataset.system.rawValue)", "    trajectories: \(dataset.trajectories)",
      "    steps: \(dataset.steps)", "    testTrajectories: \(dataset.testTrajectories)",
      "    testSteps: \(dataset.testSteps)",
      "    validationTrajectories: \(dataset.validationTrajectories)", "    seed: \(dataset.seed)",
    ]
  }

  static func lines(_ dataset: FileDataset) -> [String] {
    var lines = [
      "  files:", "    train: \(list(dataset.train))", "    test: \(list(dataset.test))",
      "    states: \(list(dataset.states))", "    inputs: \(list(dataset.inputs))",
      "    samplingTime: \(dataset.samplingTime)",
      "    validationTrajectories: \(dataset.validationTrajectories)",
    ]
    if let column = dataset.trajectoryColumn { lines.append("    trajectoryColumn: \(quoted(column))") }
    return lines
  }

  private static func list(_ texts: [String]) -> String {
    "[" + texts.map(quoted).joined(separator: ", ") + "]"
  }
}

/// A text in YAML's double quotes, on one line.
private func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\t": result += "\\t"
    case _
    where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028
      || scalar.value == 0x2029 || scalar.value == 0xFEFF || (0xFFFE...0xFFFF).contains(scalar.value):
      result += "\\U" + hexadecimal(scalar.value)
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}

private func hexadecimal(_ value: UInt32) -> String {
  let digits = String(value, radix: 16, uppercase: true)
  return String(repeating: "0", count: 8 - digits.count) + digits
}
