import Foundation
import Logging
import ClusterLaunch
import QueueProtocol
import QueueWorker

/// The worker processes of this host, without a coordinator beside them.
struct WorkerSupervision {
  let arguments: [String]
  let count: Int
  /// A file that each of them gets as descriptor 3.
  var file: Int32?
  /// What ends them all when it breaks; their number is told on standard output then.
  var lifeline: Lifeline?
  /// After this time all leave, those that replaced others too.
  var timeLimit: Duration?
  let log: Logger

  /// How long processes have to leave after a signal.
  private static let grace = 4.0

  /// Keeps them running until all have left by themselves, a signal came, or the lifeline broke; none is left when it
  /// returns.
  ///
  /// - Returns: How the last one that did not leave in order ended; `.left` if all did.
  func run() throws -> WorkerExit {
    var configuration = Supervisor.Configuration(
      command: QueueWorker.WorkerCommand(arguments: arguments, file: file), count: count)
    configuration.replacesLeavers = false
    configuration.stopsWithTerminal = true
    let supervisor = try Supervisor(configuration, log: log)
    let signals = try SignalWatcher()
    var lifeline = lifeline
    var manager = ServiceManager()
    var told = 0
    var exit = WorkerExit.left
    var deadline: Date?
    let end = timeLimit.map { SuspendingClock.now + $0 }
    while !supervisor.isOver {
      for ended in try supervisor.poll() {
        guard case .exited(let code) = ended.status, let end = WorkerExit(rawValue: code) else { continue }
        if end != .left, deadline == nil { exit = end }
      }
      let signalCount = signals.drain()
      let loss = lifeline?.loss()
      let isTimeUp = end.map { SuspendingClock.now >= $0 } ?? false
      if signalCount > 0 || loss != nil || isTimeUp, deadline == nil {
        if let loss { log.warning("leaving: \(loss)") }
        supervisor.terminate()
        manager?.isStopping()
        deadline = Date(timeIntervalSinceNow: Self.grace)
      }
      if signalCount > 1 || deadline.map({ Date() > $0 }) == true {
        supervisor.killAll()
        exit = signalCount > 1 ? .leftAtOnce : exit
      }
      let running = supervisor.running.count
      if deadline == nil, running != told {
        told = running
        if lifeline != nil { Console.result(HostReport.running(running).line) }
        manager?.isReady()
        manager?.isAt(HostState.running(running).description)
      }
      usleep(20_000)
    }
    return exit
  }
}
