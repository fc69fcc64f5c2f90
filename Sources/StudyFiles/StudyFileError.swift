import ErrorCategories

/// One thing that is wrong in a study file, with its place and a way out.
package struct StudyFileProblem: Hashable, Sendable, CustomStringConvertible {
  /// Line in the file, from 1; 0 if the problem has no place.
  package var line: Int
  /// Column in the line, from 1, counted in Unicode scalars; 0 if the problem has no place.
  package var column: Int
  /// Path of the key, for example `variants[1].penalty.method`; empty if no key is at fault.
  package var key: String
  /// What is wrong and what to do, in full sentences.
  package var message: String

  /// The problem without the name of the file: `12:5: key 'seed': …`.
  package var description: String {
    (line > 0 ? "\(line):\(column): " : "") + (key.isEmpty ? "" : "key '\(key)': ") + message
  }
}

/// A study file that cannot be used, with everything that is wrong in it.
package struct StudyFileError: CategorizedError, Equatable {
  /// The file as it was named by the caller.
  package var file: String
  /// At least one problem, in the order of the file.
  package var problems: [StudyFileProblem]

  /// Bad input.
  package var category: ErrorCategory { .badInput }

  /// One line for each problem: `study.yaml:12:5: key 'seed': what was wrong; what to do`.
  package var description: String {
    problems.map { "\(file):\($0.line > 0 ? "" : " ")\($0)" }.joined(separator: "\n")
  }
}
