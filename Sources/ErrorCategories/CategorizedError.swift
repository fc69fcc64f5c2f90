/// An error that says what kind of failure it is, so that the program maps it to an exit status in one place.
package protocol CategorizedError: Error, CustomStringConvertible {
  /// The kind of failure.
  var category: ErrorCategory { get }
}

/// Kinds of failure, by who can do something about them. Each has an exit status of its own.
package enum ErrorCategory: Hashable, Sendable, CaseIterable {
  /// Options or arguments that contradict each other or can't be used.
  case usage
  /// A file that the user names, or that the program reads back, is missing, damaged or of another format.
  case badInput
  /// The coordinator doesn't know the study.
  case unknownStudy
  /// The study was cancelled.
  case cancelled
  /// Nobody answers at the address, or the request can't be served now.
  case unavailable
  /// The output can't be written: a full disk, missing permission, a folder in use or of another study.
  case output
  /// A signal stopped the program.
  case stopped
  /// Work is left that the same command resumes.
  case jobsLeft
  /// Anything else: the program or its machine failed.
  case failed
}
