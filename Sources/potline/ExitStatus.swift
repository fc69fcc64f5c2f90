import ArgumentParser
import ErrorCategories

/// The program's exit statuses.
enum ExitStatus: Int32, CaseIterable {
  case done = 0
  case membersFailed = 3
  case cancelled = 4
  case usage = 64
  case badInput = 65
  case unknownStudy = 66
  case unavailable = 69
  case failed = 70
  case output = 73
  case jobsLeft = 75
  case stopped = 130

  /// The one mapping from kinds of errors to exit statuses.
  init(_ category: ErrorCategory) {
    self =
      switch category {
      case .usage: .usage
      case .badInput: .badInput
      case .unknownStudy: .unknownStudy
      case .cancelled: .cancelled
      case .unavailable: .unavailable
      case .output: .output
      case .stopped: .stopped
      case .jobsLeft: .jobsLeft
      case .failed: .failed
      }
  }

  /// The status for an error; one without a category is a failure of the program.
  init(of error: any Error) {
    self.init((error as? any CategorizedError)?.category ?? .failed)
  }

  /// Prints an error, and returns the exit code of its category.
  static func exit(reporting error: any Error) -> ExitCode {
    Console.error("\(error)")
    return ExitStatus(of: error).code
  }

  var code: ExitCode { ExitCode(rawValue) }

  /// Whether it tells how a study is, in a command that did its work.
  var concernsStudy: Bool {
    switch self {
    case .done, .membersFailed, .cancelled, .jobsLeft: true
    default: false
    }
  }

  var meaning: String {
    switch self {
    case .done: "done"
    case .membersFailed: "done, but some members failed, as the table says"
    case .cancelled: "the study was cancelled"
    case .usage: "wrong options"
    case .badInput: "an input file (study, dataset, connection file, result) is missing, damaged or unusable"
    case .unknownStudy: "the coordinator does not have the study"
    case .unavailable: "the coordinator does not answer, or can't take requests now"
    case .failed: "the program failed"
    case .output: "the output folder belongs to another study, is in use, or can't be written; a full disk"
    case .jobsLeft: "jobs are left: the study has not ended yet, or run the same command again to resume"
    case .stopped: "stopped by a signal; run the same command again to resume"
    }
  }

  /// For the help text.
  static var documentation: String {
    "EXIT STATUS:\n" + allCases.map { "  \($0.rawValue)\t\($0.meaning)" }.joined(separator: "\n")
  }
}

/// A command whose errors are printed, and mapped to the exit status, in one place.
protocol ReportingCommand: ParsableCommand {
  /// Runs the command. An `ExitCode` ends the program without a message.
  func perform() throws
}

extension ReportingCommand {
  mutating func run() throws {
    do {
      try perform()
    } catch let code as ExitCode {
      throw code
    } catch {
      throw ExitStatus.exit(reporting: error)
    }
  }
}
