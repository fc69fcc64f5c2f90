import Files
import Foundation
import Yams

/// Reads study files.
package enum StudyFile {
  /// Larger files are refused, in bytes.
  package static let maximumSize = 1 << 20

  /// Reads the study file at a path.
  ///
  /// - Throws: `StudyFileError` with everything that is wrong in the file, or that it cannot be read.
  package static func read(path: String) throws(StudyFileError) -> Study {
    try study(yaml: try text(path: path), file: path)
  }

  /// The text of the study file at a path, which may be a pipe.
  package static func text(path: String) throws(StudyFileError) -> String {
    let bytes: [UInt8]
    do {
      bytes = try FileContent.all(of: path)
    } catch {
      throw refusal(path, "the study file \(error.problem)")
    }
    guard bytes.count <= maximumSize else {
      throw refusal(path, "the file has \(bytes.count) bytes; a study file has at most \(maximumSize)")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw refusal(path, "the file is not text in UTF-8; save it in that encoding")
    }
    return text
  }

  /// Reads a study from the text of a study file.
  ///
  /// - Parameters:
  ///   - yaml: the text.
  ///   - file: the name of the file in messages.
  /// - Throws: `StudyFileError` with everything that is wrong in the text. A mistake in the YAML syntax, or a key
  ///   that is given twice, hides what else is wrong.
  package static func study(yaml: String, file: String) throws(StudyFileError) -> Study {
    guard yaml.utf8.count <= maximumSize else {
      throw refusal(file, "the file has \(yaml.utf8.count) bytes; a study file has at most \(maximumSize)")
    }
    let parser: Parser
    let root: Node?
    do {
      parser = try Parser(yaml: yaml, encoding: .utf8)
      root = try parser.singleRoot()
    } catch {
      throw StudyFileError(file: file, problems: [SyntaxProblem.problem(from: error, yaml: yaml)])
    }
    // Nodes hold their anchors weakly; the parser owns them.
    return try withExtendedLifetime(parser) { () throws(StudyFileError) -> Study in
      try study(root: root, file: file)
    }
  }

  private static func study(root: Node?, file: String) throws(StudyFileError) -> Study {
    guard let root, !isNull(root) else {
      throw refusal(file, "the file is empty; a study has at least name, dataset and variants")
    }
    if root.scalar != nil {
      throw refusal(
        file, "the file holds a single value; a study is a mapping with name, dataset and variants")
    }
    var reader = StudyFileReader()
    let entry = reader.read(root: root)
    var checks = StudyFileChecks()
    checks.check(entry)
    let problems = (reader.problems + checks.problems).enumerated()
      .sorted {
        ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset)
      }
      .map(\.element)
    guard problems.isEmpty else { throw StudyFileError(file: file, problems: problems) }
    return StudyFileTable.study.value(of: entry)
  }

  private static func isNull(_ root: Node) -> Bool {
    root.scalar.map { $0.style == .plain && ["", "~", "null"].contains($0.string) } ?? false
  }

  private static func refusal(_ file: String, _ message: String) -> StudyFileError {
    StudyFileError(file: file, problems: [StudyFileProblem(line: 0, column: 0, key: "", message: message)])
  }
}
