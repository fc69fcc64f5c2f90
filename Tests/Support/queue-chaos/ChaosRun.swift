import Foundation

/// The studies and the faults, side by side.
final class ChaosRun {
  /// A study and what was fetched of it.
  struct Study {
    let number: Int
    var file: String { "study-\(number).yaml" }
    var output: String { "queue-\(number)" }
  }

  private(set) var finished: [Study] = []
  private(set) var complaints: [String] = []
  private let world: ChaosWorld
  private var clock: FaultClock
  private let (seconds, faults, epochs): (Double, Int, Int)
  private var services: [Service] = []
  private var continues: [(time: Date, pid: pid_t)] = []
  private var counts: [Fault: Int] = [:]
  private var made = 0
  private let start = Date()
  private var longestLeave = 0.0
  private var leaving: [(pid: pid_t, since: Date)] = []

  init(world: ChaosWorld, clock: FaultClock, seconds: Double, faults: Int, epochs: Int) {
    (self.world, self.clock, self.seconds, self.faults, self.epochs) = (world, clock, seconds, faults, epochs)
  }

  private var coordinator: Service { services[0] }
  private var supervisors: ArraySlice<Service> { services[1...] }
  private var connection: [String] { ["--connection", "state/connection.json"] }

  func go() throws {
    services = [try Service("coordinator", ["coordinator", "--state", "state"], in: world)]
    try tendUntil("the coordinator listens", limit: 30) {
      FileManager.default.fileExists(atPath: "\(world.folder)/state/connection.json")
    }
    for name in ["a", "b"] {
      let arguments = ["worker", "--processes", "2", "--datasets", "cache"] + connection
      services.append(try Service("supervisor-\(name)", arguments, in: world))
    }
    var next = try plan()
    var number = 0
    var submitted: [(study: Study, id: String)] = []
    // Two studies at a time, so that no worker ever waits for the next one.
    while true {
      while submitted.count < 2, !isOver(since: start) {
        number += 1
        submitted.append(try submit(number, &next))
      }
      guard let (study, id) = submitted.first else { break }
      submitted.removeFirst()
      try command(["wait", id, "--quiet"], "wait", limit: 3600, &next)
      try command(["results", id, "-o", study.output], "results", limit: 300, &next)
      finished.append(study)
      say("\(Int(Date().timeIntervalSince(start))) s: \(finished.count) studies, \(made) faults")

    }
    try end()
  }

  private func isOver(since start: Date) -> Bool {
    made >= faults && Date().timeIntervalSince(start) >= seconds
  }

  private func submit(_ number: Int, _ next: inout Plan) throws -> (study: Study, id: String) {
    let study = Study(number: number)
    try StudyMaker.text(number: number, epochs: epochs).write(
      toFile: "\(world.folder)/\(study.file)", atomically: true, encoding: .utf8)
    return (study, try command(["submit", study.file], "submit-\(number)", limit: 300, &next))
  }

  /// Runs a client while faults go on.
  @discardableResult
  private func command(
    _ arguments: [String], _ name: String, limit: Double, _ next: inout Plan
  ) throws -> String {
    let process = try world.start(arguments + connection, name: name)
    let deadline = Date(timeIntervalSinceNow: limit)
    while process.isRunning {
      guard Date() < deadline else {
        throw ChaosError("potline \(arguments.joined(separator: " ")) still ran after \(limit) s")
      }
      try tend()
      if Date() >= next.time, !isOver(since: start) {
        commit(next.fault)
        next = try plan()
      }
      usleep(20_000)
    }
    return try world.result(of: process, name: name)
  }

  // MARK: Faults

  private struct Plan {
    let fault: FaultClock.Next
    let time: Date
  }

  private func plan() throws -> Plan {
    let fault = clock.next()
    return Plan(fault: fault, time: Date(timeIntervalSinceNow: fault.pause))
  }

  private func commit(_ next: FaultClock.Next) {
    let workers = supervisors.flatMap(\.workers)
    let worker = workers.isEmpty ? nil : workers[next.target % workers.count]
    let supervisor = supervisors[1 + next.target % supervisors.count]
    switch next.fault {
    case .killWorker: act(next, worker, SIGKILL)
    case .pauseWorker, .freezeWorker: act(next, worker, SIGSTOP)
    case .endWorker: act(next, worker, SIGTERM)
    case .killSupervisor: act(next, supervisor.pid, SIGKILL, on: supervisor)
    case .pauseSupervisor: act(next, supervisor.pid, SIGSTOP)
    case .endSupervisor: act(next, supervisor.pid, SIGTERM, on: supervisor)
    case .killCoordinator: act(next, coordinator.pid, SIGKILL, on: coordinator)
    case .pauseCoordinator, .freezeCoordinator: act(next, coordinator.pid, SIGSTOP)
    case .endCoordinator: act(next, coordinator.pid, SIGTERM, on: coordinator)
    }
  }

  /// A fault that meets no process, since it has just ended, doesn't count.
  private func act(_ next: FaultClock.Next, _ pid: pid_t?, _ signal: Int32, on service: Service? = nil) {
    guard let pid, kill(pid, signal) == 0 else { return }
    made += 1
    counts[next.fault, default: 0] += 1
    service?.pause = next.restart
    if signal == SIGSTOP {
      continues.append((Date(timeIntervalSinceNow: next.duration), pid))
      // A stopped process can't leave.
      leaving.removeAll { $0.pid == pid }
    }
    if signal == SIGTERM, !continues.contains(where: { $0.pid == pid }) { leaving.append((pid, Date())) }
  }

  /// What goes on all the time: SIGCONT when it is due, and services that ended start again.
  private func tend(restarting: Bool = true) throws {
    let now = Date()
    for (_, pid) in continues.filter({ $0.time <= now }) { kill(pid, SIGCONT) }
    continues.removeAll { $0.time <= now }
    if restarting { for service in services { try service.keepRunning() } }
    for (pid, since) in leaving where !Self.lives(pid) {
      longestLeave = max(longestLeave, now.timeIntervalSince(since))
    }
    leaving.removeAll { !Self.lives($0.pid) }
  }

  private static func lives(_ pid: pid_t) -> Bool {
    guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else {
      return false
    }
    return !status.contains("\nState:\tZ")
  }

  private func tendUntil(_ what: String, limit: Double, _ condition: () -> Bool) throws {
    let deadline = Date(timeIntervalSinceNow: limit)
    while !condition() {
      guard Date() < deadline else { throw ChaosError("waited \(limit) s in vain until \(what)") }
      try tend()
      usleep(20_000)
    }
  }

  // MARK: The end

  /// All processes leave when they are told to.
  private func end() throws {
    for (_, pid) in continues { kill(pid, SIGCONT) }
    continues = []
    for service in supervisors + [coordinator] where !service.stop(within: 15) {
      complaints.append("\(service.name) did not end within 15 s of SIGTERM")
    }
    // Workers whose supervisor was killed a moment ago may have 3 s more.
    let deadline = Date(timeIntervalSinceNow: 10)
    while !world.living().isEmpty, Date() < deadline { usleep(50_000) }
    for pid in world.living() {
      complaints.append("process \(pid) was left behind: \(ProcessTable.commandLine(of: pid))")
    }
  }

  var summary: String {
    let kinds = Fault.allCases.compactMap { fault in counts[fault].map { "  \($0) \(fault.rawValue)" } }
    let starts = services.map { "\($0.name) \($0.starts)" }.joined(separator: ", ")
    return """
      \(made) faults in \(Int(Date().timeIntervalSince(start))) s, \(finished.count) studies of \(StudyMaker.members) \
      members:
      \(kinds.joined(separator: "\n"))
      starts: \(starts); a process that got SIGTERM left after \(String(format: "%.1f", longestLeave)) s at the latest
      """
  }
}
