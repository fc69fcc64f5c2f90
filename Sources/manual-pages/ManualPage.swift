/// A page of the manual, section 1, in the macros of man(7).
struct ManualPage {
  /// The commands on the way to this one, this one last.
  let path: [CommandHelp]
  let version: String
  let date: String

  /// `potline-study-show`, also the page's file without `.1`.
  var name: String { path.map(\.commandName).joined(separator: "-") }

  private var command: CommandHelp { path[path.count - 1] }

  /// The page.
  var text: String {
    let paragraphs = (command.discussion ?? "").split(separator: "\n\n").map(String.init)
    let (exits, others) = (paragraphs.filter(isExitStatus), paragraphs.filter { !isExitStatus($0) })
    var lines = [
      ".TH \"\(name.uppercased())\" 1 \"\(date)\" \"potline \(version)\" \"Potline\"", ".SH NAME",
      "\(escaped(name)) \\- \(escaped(withoutDot(command.abstract ?? "")))", ".SH SYNOPSIS",
    ]
    lines += synopsis
    if !others.isEmpty { lines += [".SH DESCRIPTION"] + others.flatMap(paragraph) }
    if !command.pages.isEmpty { lines += [".SH COMMANDS"] + command.pages.flatMap(subcommand) }
    let options = (command.arguments ?? []).filter { $0.shouldDisplay ?? true }
    if !options.isEmpty { lines += [".SH OPTIONS"] + options.flatMap(option) }
    for text in exits { lines += [".SH EXIT STATUS"] + exitStatus(text) }
    if !seeAlso.isEmpty { lines += [".SH SEE ALSO", seeAlso.joined(separator: ", ")] }
    return lines.joined(separator: "\n") + "\n"
  }

  private var words: String { escaped(path.map(\.commandName).joined(separator: " ")) }

  private var synopsis: [String] {
    if !command.pages.isEmpty { return [".B \(words)", ".I command", "[options]"] }
    let arguments = (command.arguments ?? []).filter { $0.shouldDisplay ?? true }
    let positional = arguments.filter { $0.kind == "positional" }.map { argument in
      let name = "\\fI\(escaped(argument.valueName ?? "value"))\\fR" + (argument.isRepeating ? "..." : "")
      return argument.isOptional ? "[\(name)]" : name
    }
    return [".B \(words)", "[options]"] + positional
  }

  private var seeAlso: [String] {
    guard path.count > 1 else { return [] }
    let parent = path.dropLast().map(\.commandName).joined(separator: "-")
    return ["\\fB\(escaped(parent))\\fR(1)"]
  }

  private func subcommand(_ help: CommandHelp) -> [String] {
    [".TP", "\\fB\(escaped(name + "-" + help.commandName))\\fR(1)", escaped(help.abstract ?? "")]
  }

  private func option(_ argument: CommandHelp.Argument) -> [String] {
    let value = "\\fI\(escaped(argument.valueName ?? "value"))\\fR"
    var tag = value
    if argument.kind != "positional" {
      tag = (argument.names ?? []).map { "\\fB\(escaped($0.text))\\fR" }.joined(separator: ", ")
      if argument.kind == "option" { tag += " " + value }
    }
    var text = escaped(argument.abstract ?? "")
    if let value = argument.defaultValue { text += " (default: \(escaped(value)))" }
    return [".TP", tag, text]
  }

  private func isExitStatus(_ paragraph: String) -> Bool { paragraph.hasPrefix("EXIT STATUS:") }

  /// `EXIT STATUS: 0 done, 3 …`, or a line a status with a tab.
  private func exitStatus(_ paragraph: String) -> [String] {
    let rest = paragraph.dropFirst("EXIT STATUS:".count)
    let rows = rest.split(separator: "\n").map { $0.split(separator: "\t", maxSplits: 1) }
    guard rows.allSatisfy({ $0.count == 2 }) else { return [escaped(trimmed(rest))] }
    return rows.flatMap { [".TP", "\\fB\(escaped(trimmed($0[0])))\\fR", escaped(trimmed($0[1]))] }
  }

  /// Lines that are set in stay as they are.
  private func paragraph(_ text: String) -> [String] {
    let lines = text.split(separator: "\n").map(String.init)
    if lines.allSatisfy({ $0.hasPrefix("  ") }) { return [".PP", ".nf"] + lines.map(escaped) + [".fi"] }
    return [".PP"] + lines.map(escaped)
  }

  private func withoutDot(_ text: String) -> String { text.hasSuffix(".") ? String(text.dropLast()) : text }

  private func trimmed(_ text: Substring) -> String {
    String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }

  /// Text that means nothing to roff.
  private func escaped(_ text: String) -> String {
    let safe = text.replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("\n", with: " ")
    return safe.hasPrefix(".") || safe.hasPrefix("'") ? "\\&" + safe : safe
  }
}
