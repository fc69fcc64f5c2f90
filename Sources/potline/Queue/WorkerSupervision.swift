import Foundation
import JobQueue
import Logging

/// The worker processes of this host, without a coordinator beside them.
struct WorkerSupervision {
  let arguments: [String]
  let count: Int
  let log: Logger

  /// How long processes have to leave after a signal.
  private static let grace = 4.0

  /// Keeps them running until all have left by themselves or a signal came; none is left when it returns.
  ///
  /// - Returns: How the last one that did not leave in order ended; `.left` if all did.
  func run() throws -> WorkerExit {
    var configuration = Supervisor.Configuration(
      command: JobQueue.WorkerCommand(arguments: arguments), count: count)
    configuration.replacesLeavers = false
    let supervisor = try Supervisor(configuration, log: log)
    let signals = try SignalWatcher()
    var exit = WorkerExit.left
    var deadline: Date?
    while !supervisor.isOver {
      for ended in try supervisor.poll() {
        guard case .exited(let code) = ended.status, let end = WorkerExit(rawValue: code) else { continue }
        if end != .left, deadline == nil { exit = end }
      }
      let signalCount = signals.drain()
      if signalCount > 0, deadline == nil {
        supervisor.terminate()
        deadline = Date(timeIntervalSinceNow: Self.grace)
      }
      if signalCount > 1 || deadline.map({ Date() > $0 }) == true {
        supervisor.killAll()
        exit = signalCount > 1 ? .leftAtOnce : exit
      }
      usleep(20_000)
    }
    return exit
  }
}
