import ErrorCategories

/// A file that can be read, but whose content isn't what it should be.
package struct DamagedFileError: CategorizedError, Hashable, Sendable {
  /// The file.
  package let path: String
  /// What is wrong, and what to do, as a clause.
  package let problem: String

  package init(_ path: String, _ problem: String) { (self.path, self.problem) = (path, problem) }

  /// Bad input.
  package var category: ErrorCategory { .badInput }

  /// `results/statistics.json: “variants” is missing`
  package var description: String { "\(path): \(problem)" }
}
