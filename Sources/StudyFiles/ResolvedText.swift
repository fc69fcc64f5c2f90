/// A value in a resolved study file.
indirect enum ResolvedText {
  /// A scalar, or a list or mapping in flow style.
  case line(String)
  /// A mapping in block style.
  case block([(key: String, value: ResolvedText)])
  /// A list of mappings.
  case sequence([ResolvedText])

  /// The lines of a mapping or list, without the indentation of its parent.
  var lines: [String] {
    switch self {
    case .line(let text): [text]
    case .block(let entries):
      entries.flatMap { key, value in
        if case .line(let text) = value { return ["\(key): \(text)"] }
        return ["\(key):"] + value.lines.map { "  " + $0 }
      }
    case .sequence(let elements):
      elements.flatMap { element in
        element.lines.enumerated().map { index, line in (index == 0 ? "- " : "  ") + line }
      }
    }
  }

  /// A scalar, list or mapping on one line.
  var flow: String {
    switch self {
    case .line(let text): text
    case .block(let entries): "{" + entries.map { "\($0): \($1.flow)" }.joined(separator: ", ") + "}"
    case .sequence(let elements): "[" + elements.map(\.flow).joined(separator: ", ") + "]"
    }
  }

  /// A text in YAML's double quotes, on one line.
  static func quoted(_ text: String) -> String {
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
        let digits = String(scalar.value, radix: 16, uppercase: true)
        result += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// A number >= 0 as documented: below 0.01 with an exponent, "1e-3".
  static func short(_ value: Double) -> String {
    if value > 0 && value < 0.01 { return VariantGrid.exponential(value) }
    return value == value.rounded() && value < 1e6 ? "\(Int(value))" : "\(value)"
  }
}

extension Study {
  /// The study as the text of a study file in which every key is written with its value.
  ///
  /// The text depends on the study alone, and reading it gives an equal study.
  package func resolvedYAML() -> String {
    (StudyFileTable.study.write(self)?.lines ?? []).joined(separator: "\n") + "\n"
  }
}
