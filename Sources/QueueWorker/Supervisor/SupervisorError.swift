import Glibc
import QueueProtocol

/// Worker processes that cannot be had.
package enum SupervisorError: Error, Hashable, Sendable {
  /// The program cannot be started.
  case cannotStart(executable: String, code: Int32)
  /// Worker after worker ended before it registered.
  case workersEndAtOnce(deaths: Int, last: ProcessStatus)
  /// A system call failed.
  case system(operation: String, code: Int32)
}

extension SupervisorError: CustomStringConvertible {
  /// What is wrong and where to look.
  package var description: String {
    switch self {
    case .cannotStart(let executable, let code):
      "cannot start the worker program \(executable): \(String(cString: strerror(code)))"
    case .workersEndAtOnce(let deaths, let last):
      "\(deaths) workers in a row ended before they registered, the last with \(last)\(Self.hint(last)): see what they logged"
    case .system(let operation, let code): "cannot \(operation): \(String(cString: strerror(code)))"
    }
  }

  private static func hint(_ status: ProcessStatus) -> String {
    guard case .exited(let code) = status, let exit = WorkerExit(rawValue: code) else { return "" }
    return " (\(exit))"
  }
}
