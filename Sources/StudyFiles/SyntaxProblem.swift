import Yams

/// Turns what the YAML parser reports into a problem for people.
enum SyntaxProblem {
  static func problem(from error: any Error, yaml: String) -> StudyFileProblem {
    guard let error = error as? YamlError else {
      return StudyFileProblem(
        line: 0, column: 0, key: "", message: "the file cannot be parsed as YAML: \(error)")
    }
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      if problem.contains("nesting level") {
        return StudyFileProblem(
          line: mark.line, column: mark.column, key: "",
          message: "lists and mappings are nested more than 1000 deep; flatten them")
      }
      let during = context.map { " (\($0.text), line \($0.mark.line))" } ?? ""
      return StudyFileProblem(
        line: mark.line, column: mark.column, key: "",
        message:
          "this is not valid YAML: \(problem)\(during); check indentation, colons, quotes and brackets here")
    case .duplicatedKeysInMapping(let names, let context):
      let list = names.map { "'\(ScalarReading.excerpt($0))'" }.joined(separator: ", ")
      return StudyFileProblem(
        line: context.mark.line, column: context.mark.column,
        key: names.first.map(ScalarReading.excerpt) ?? "",
        message: "in the mapping here \(list) \(names.count == 1 ? "is" : "are") given more than once; "
          + "keep one of each")
    case .reader(let problem, let offset, _, _):
      let before = yaml.prefix(offset ?? 0)
      let line = before.unicodeScalars.count { $0 == "\n" } + 1
      let column = before.unicodeScalars.reversed().prefix { $0 != "\n" }.count + 1
      return StudyFileProblem(
        line: offset == nil ? 0 : line, column: offset == nil ? 0 : column, key: "",
        message: "this character cannot be in a YAML file (\(problem)); remove it")
    default:
      return StudyFileProblem(
        line: 0, column: 0, key: "", message: "the file cannot be parsed as YAML: \(error)")
    }
  }
}
