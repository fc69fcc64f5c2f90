extension StudyFileReference {
  /// The article on the study file in Markdown: an introduction, then ``documentation(width:)``.
  package static func markdown() -> String {
    introduction
      + documentation().split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.isEmpty ? "" : "    \($0)" }.joined(separator: "\n")
  }

  private static let introduction = """
    # The study file

    Every key, what it holds, its default and what it means; `potline study reference` prints the same.

    ## Overview

        name: my-study
        dataset:
          simulated: {system: aluminium-cell, trajectories: 40, testTrajectories: 100}
        members: 10
        defaults: {hidden: [20, 20, 20, 20], epochs: 60}
        variants:
          - name: dense
          - name: sparse
            inputSkip: true
            penalty: {method: proximal, weight: 1e-4}
            learningRate: {schedule: cosine, from: 2e-3, to: 2e-5}

    A wrong file is refused before any work starts, with line, column, the key's path, and what it should be. Unknown keys are
    wrong, too. `potline study show FILE --resolved` prints a file with every default filled in, as it is kept with the results.

    One entry of `variants` can stand for many: a list of `trainingTrajectories` makes a variant `NAME-nSIZE` of each size, a list of penalty weights a
    path `NAME-lWEIGHT`. Member k has the same seed in each variant, so that comparisons are paired. Variants that ask for the same job share
    its one training.

    ## Keys


    """

  /// The documentation of the study file as plain text, made from the table.
  ///
  /// - Parameter width: columns after which lines are broken, at least 40.
  package static func documentation(width: Int = 100) -> String {
    var lines = wrap(
      "A study file is YAML. The keys are listed with their path, what they hold, and their default. Numbers may be "
        + "written as 0.001 or 1e-3, flags are true or false. Anchors, aliases and tags are not supported.",
      indent: "", width: width)
    for key in documentedKeys {
      lines.append("")
      lines.append(key.path)
      var facts = "\(key.kind)"
      if let unit = key.unit { facts += ", in \(unit)" }
      switch key.presence {
      case .required: facts += "; required"
      case .optional: facts += "; may be left out"
      case .value(let text), .derived(let text): facts += "; default: \(text)"
      }
      if key.path == "variants[].hidden" { facts += " (here or in defaults)" }
      lines += wrap(facts, indent: "    ", width: width)
      lines += wrap(key.meaning, indent: "    ", width: width)
      if key.path == "defaults" {
        lines += wrap(
          "Its keys are those of variants[], except name and members.", indent: "    ", width: width)
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The keys that are described: those that several mappings have in common once.
  package static var documentedKeys: [StudyFileKey] {
    let repeated = ["files.validation[].", "files.test[].", "train[].format.", "join.format.", "join.time."]
    return keys.filter { key in
      !key.path.hasPrefix("defaults.") && !repeated.contains { key.path.contains($0) }
    }
  }

  private static func wrap(_ text: String, indent: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty && indent.count + line.count + 1 + word.count > width {
        lines.append(indent + line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return lines + [indent + line]
  }
}
