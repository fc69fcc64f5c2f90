import Foundation

/// A process that is started again whenever it has ended, as a service manager does.
final class Service {
  let name: String
  private let world: ChaosWorld
  private let arguments: [String]
  private(set) var process: Process
  private(set) var starts = 1
  /// When it may be started again; `nil` while it runs.
  private var startAgain: Date?
  /// Seconds until it is started again.
  var pause = 0.2

  init(_ name: String, _ arguments: [String], in world: ChaosWorld) throws {
    (self.name, self.arguments, self.world) = (name, arguments, world)
    process = try world.start(arguments, name: name)
  }

  var pid: pid_t? { process.isRunning ? process.processIdentifier : nil }

  /// Its worker processes, if it is a supervisor.
  var workers: [pid_t] { pid.map(ProcessTable.children) ?? [] }

  func keepRunning() throws {
    if process.isRunning { return }
    if let startAgain {
      guard Date() >= startAgain else { return }
      process = try world.start(arguments, name: name)
      starts += 1
      self.startAgain = nil
    } else {
      startAgain = Date(timeIntervalSinceNow: pause)
    }
  }

  /// Tells it to leave; whether it has within so many seconds.
  func stop(within seconds: Double) -> Bool {
    guard let pid else { return true }
    kill(pid, SIGCONT)
    kill(pid, SIGTERM)
    let deadline = Date(timeIntervalSinceNow: seconds)
    while process.isRunning, Date() < deadline { usleep(20_000) }
    return !process.isRunning
  }
}
