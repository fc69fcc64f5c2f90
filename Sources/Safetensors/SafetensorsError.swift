import ErrorCategories

/// A safetensors file, or bytes in that format, that can't be read or used as asked.
package struct SafetensorsError: CategorizedError, Hashable, Sendable {
  /// The file, or a word for bytes that come from none.
  package let source: String

  /// The tensor that it is about, if it is about one.
  package let tensor: String?

  /// What is wrong, as a clause.
  package let problem: String

  init(_ source: String, tensor: String? = nil, _ problem: String) {
    self.source = source
    self.tensor = tensor
    self.problem = problem
  }

  /// Bad input.
  package var category: ErrorCategory { .badInput }

  /// `members/3.safetensors: tensor “weights.0”: is F32, not F64`.
  package var description: String {
    tensor.map { "\(source): tensor “\($0)”: \(problem)" } ?? "\(source): \(problem)"
  }
}
