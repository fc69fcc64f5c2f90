extension StudyFileReference {
  /// The documentation of the study file as plain text, made from the table.
  ///
  /// - Parameter width: columns after which lines are broken, at least 40.
  package static func documentation(width: Int = 100) -> String {
    var lines = wrap(
      "A study file is YAML. The keys are listed with their path, what they hold, and their default. Numbers may be "
        + "written as 0.001 or 1e-3, flags are true or false. Anchors, aliases and tags are not supported.",
      indent: "", width: width)
    for key in keys where !key.path.hasPrefix("defaults.") {
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
