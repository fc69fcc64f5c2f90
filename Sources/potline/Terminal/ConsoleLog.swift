import Logging
import TextFormatting

/// Log lines on standard error, in the program's own manner.
struct ConsoleLog: LogHandler {
  let prefix: String
  var logLevel = Logger.Level.warning
  var metadata = Logger.Metadata()

  init(prefix: String, logLevel: Logger.Level = .warning) {
    (self.prefix, self.logLevel) = (prefix, logLevel)
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    ProgressLine.clear()
    // Much of it was said by others.
    Console.note("\(prefix): " + PlainText.of("\(event.message)", keepsLines: true))
  }
}
