import ErrorCategories

/// A failure with a message and a category of its own, for what no other error type describes.
package struct CommandError: CategorizedError, Hashable {
  package let category: ErrorCategory
  package let description: String

  package init(_ category: ErrorCategory, _ description: String) {
    (self.category, self.description) = (category, description)
  }
}

/// Runs `body`; an error without a category of its own gets `fallback`, and keeps its message.
package func categorized<Value>(_ fallback: ErrorCategory, _ body: () throws -> Value) throws -> Value {
  do {
    return try body()
  } catch let error as any CategorizedError {
    throw error
  } catch {
    throw CommandError(fallback, "\(error)")
  }
}
