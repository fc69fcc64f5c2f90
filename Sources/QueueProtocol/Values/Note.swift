import Logging

/// A line of the log.
package struct Note: Hashable, Sendable {
  /// How much it matters.
  package enum Level: Sendable {
    case info, warning, error
  }

  /// How much it matters.
  package var level: Level
  /// The line.
  package var text: String

  /// A line of this level.
  package init(_ level: Level, _ text: String) { (self.level, self.text) = (level, text) }
}

extension Note.Level {
  /// The level of a log that fits.
  package var logLevel: Logger.Level {
    switch self {
    case .info: .info
    case .warning: .warning
    case .error: .error
    }
  }
}
