import ArgumentParser

/// How the program ends.
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
  case notEnded = 75
  case stopped = 130

  var meaning: String {
    switch self {
    case .done: "done"
    case .membersFailed: "done, but some members failed, as the table says"
    case .cancelled: "the study was cancelled"
    case .usage: "wrong options"
    case .badInput: "a study file, dataset or connection file that can't be used"
    case .unknownStudy: "the coordinator has no such study"
    case .unavailable: "no coordinator answers, or it can't take requests now"
    case .failed: "the program failed"
    case .output:
      "an output folder of another study or in use; a full disk"
    case .notEnded: "jobs are left: the study has not ended yet, or the same command goes on"
    case .stopped: "stopped by a signal; the same command goes on from here"
    }
  }

  /// For the help text.
  static var documentation: String {
    "EXIT STATUS:\n" + allCases.map { "  \($0.rawValue)\t\($0.meaning)" }.joined(separator: "\n")
  }

  /// Prints what went wrong and ends the program with this status.
  func refuse(_ error: any Error) -> ExitCode {
    Console.error("\(error)")
    return ExitCode(rawValue)
  }
}
