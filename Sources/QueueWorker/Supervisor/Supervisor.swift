import ErrorCategories
import Glibc
import HostResources
import Logging
import QueueProtocol

/// Keeps worker processes running on this host. It belongs to one thread.
///
/// Each worker's standard input is a pipe whose other end only the supervisor holds: a worker leaves when it
/// ends, so none is left behind even if the supervisor is killed.
package final class Supervisor {
  /// The workers to run, and the limits for workers that end early.
  package struct Configuration: Sendable {
    /// The program to run.
    package var command: WorkerCommand
    /// How many workers to keep.
    package var count: Int
    /// The pause before a worker that ended is replaced; it doubles with each one that ended soon. Default: 0.1 s.
    package var firstPause: Duration = .milliseconds(100)
    /// The longest pause. Default: 5 s.
    package var longestPause: Duration = .seconds(5)
    /// A worker that ends before this age ended soon. Default: 30 s.
    package var longLife: Duration = .seconds(30)
    /// The number of workers in a row that may end before they have registered, or have lived long. Default: 10.
    package var deathLimit = 10
    /// How many processes the kernel has killed for lack of memory so far, here or in this process's control group; nil if
    /// the system doesn't say.
    package var memoryKills: @Sendable () -> Int? = HostResources.memoryKills
    /// Whether a worker that left as told, because there was no coordinator, or because it can't work on this host, is
    /// replaced. Default: yes.
    package var replacesLeavers = true
    /// Whether Ctrl-Z at the terminal stops the workers too, until this process continues: they have a process group of
    /// their own, which the terminal doesn't reach. For one supervisor of a process. Default: no.
    package var stopsWithTerminal = false

    /// `count` workers that run this program.
    package init(command: WorkerCommand, count: Int) { (self.command, self.count) = (command, count) }
  }

  /// A worker process that ended.
  package struct Ended: Hashable, Sendable {
    /// The worker.
    package let worker: WorkerID
    /// The process id that it had.
    package let pid: pid_t
    /// How it ended.
    package let status: ProcessStatus
  }

  private struct Place {
    var process: WorkerProcess?
    var pause: Duration
    var startAgain: SuspendingClock.Instant
    /// Its last worker, if that failed by itself.
    var failed: ReplacedWorker?
    /// Its worker left for good.
    var isGone = false
  }

  private let configuration: Configuration
  private let log: Logger
  private let pipeEnds: (read: Int32, write: Int32)
  private var places: [Place]
  private var deaths = 0
  private var registered: Set<WorkerID> = []
  private var isReplacing = true
  /// The kernel's kills before the start, and those that explained the end of a worker.
  private var knownKills: Int
  /// Workers that this supervisor has killed itself.
  private var killed: Set<WorkerID> = []
  private let terminalStop: TerminalStop?

  /// A supervisor that has started nothing yet; `poll` does.
  ///
  /// - Throws: `SupervisorError.system` when no file descriptor is left.
  package init(_ configuration: Configuration, log: Logger) throws(SupervisorError) {
    self.configuration = configuration
    self.log = log
    knownKills = configuration.memoryKills() ?? .max
    terminalStop = configuration.stopsWithTerminal ? TerminalStop() : nil
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw .system(operation: "make a pipe", code: errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    pipeEnds = (ends[0], ends[1])
    let place = Place(pause: configuration.firstPause, startAgain: .now)
    places = Array(repeating: place, count: configuration.count)
  }

  deinit {
    for place in places { place.process?.send(SIGKILL) }
    for place in places { _ = place.process?.reap(waiting: true) }
    close(pipeEnds.read)
    close(pipeEnds.write)
  }

  /// The workers that run, and their process ids.
  package var running: [WorkerID: pid_t] {
    Dictionary(uniqueKeysWithValues: places.compactMap { $0.process.map { ($0.id, $0.pid) } })
  }

  /// Reaps workers that have ended and starts their replacements; to be called several times a second. O(workers).
  ///
  /// - Returns: The workers that ended since the last call.
  /// - Throws: `SupervisorError` when the program cannot be started, or one worker after another ends before it
  ///   has registered.
  package func poll() throws(SupervisorError) -> [Ended] {
    if let terminalStop, terminalStop.isRequested {
      for place in places { place.process?.send(SIGSTOP) }
      terminalStop.stop()
      for place in places { place.process?.send(SIGCONT) }
    }
    let ended = reap()
    guard isReplacing else { return ended }
    if deaths > configuration.deathLimit, let last = ended.last {
      throw .workersEndAtOnce(deaths: deaths, last: last.status)
    }
    for index in places.indices
    where places[index].process == nil && !places[index].isGone && places[index].startAgain <= .now {
      let process = try WorkerProcess(
        configuration.command, id: .random(), replaced: places[index].failed, standardInput: pipeEnds.read)
      places[index].failed = nil
      places[index].process = process
      log.debug("worker \(process.id) started as process \(process.pid)")
    }
    return ended
  }

  /// A worker has registered, so its program works.
  package func noteRegistered(_ worker: WorkerID) {
    guard places.contains(where: { $0.process?.id == worker }) else { return }
    registered.insert(worker)
    deaths = 0
  }

  /// Kills a worker of this supervisor; `poll` replaces it.
  package func kill(_ worker: WorkerID) {
    killed.insert(worker)
    places.first { $0.process?.id == worker }?.process?.send(SIGKILL)
  }

  /// Lets workers that end from now on be gone for good.
  package func stopReplacing() { isReplacing = false }

  /// Whether no worker runs and none will be started.
  package var isOver: Bool { places.allSatisfy { $0.process == nil && ($0.isGone || !isReplacing) } }

  /// Asks all workers to leave (SIGTERM); `poll` returns them when they have ended. None is replaced.
  package func terminate() { signal(SIGTERM) }

  /// Kills all workers; `poll` returns them when they have ended. None is replaced.
  package func killAll() { signal(SIGKILL) }

  private func signal(_ signal: Int32) {
    isReplacing = false
    for place in places {
      if let process = place.process { killed.insert(process.id) }
      place.process?.send(signal)
    }
  }

  /// Ends all workers: `SIGTERM`, then after `grace` `SIGKILL`. All are reaped when it returns.
  package func shutDown(grace: Duration = .seconds(4)) {
    isReplacing = false
    _ = reap()
    for place in places { place.process?.send(SIGTERM) }
    let deadline = SuspendingClock.now + grace
    while places.contains(where: { $0.process != nil }), SuspendingClock.now < deadline {
      _ = reap()
      usleep(5_000)
    }
    for index in places.indices {
      guard let process = places[index].process else { continue }
      log.warning("worker \(process.id) (process \(process.pid)) did not leave and is killed")
      process.send(SIGKILL)
      _ = process.reap(waiting: true)
      places[index].process = nil
    }
  }

  /// Whether the kernel has killed one more process for lack of memory than is known. Each kill explains the end of one
  /// worker.
  private func takeMemoryKill() -> Bool {
    guard let kills = configuration.memoryKills(), kills > knownKills else { return false }
    knownKills += 1
    return true
  }

  private func reap() -> [Ended] {
    var ended: [Ended] = []
    for index in places.indices {
      guard let process = places[index].process, var status = process.reap() else { continue }
      places[index].process = nil
      let isOurs = killed.remove(process.id) != nil
      if !isOurs, status == .signaled(SIGKILL), takeMemoryKill() {
        status = .killedForMemory
      }
      places[index].failed = isOurs ? nil : ReplacedWorker(process.id, endedWith: status)
      if !configuration.replacesLeavers, case .exited(let code) = status {
        places[index].isGone = [.left, .coordinatorUnreachable, .refused, .cannotStart].contains(
          WorkerExit(rawValue: code))
      }
      ended.append(Ended(worker: process.id, pid: process.pid, status: status))
      if registered.remove(process.id) == nil { deaths += 1 }
      if SuspendingClock.now - process.started >= configuration.longLife {
        places[index].pause = configuration.firstPause
        deaths = 0
      }
      let pause = places[index].pause
      places[index].startAgain = .now + pause
      places[index].pause = min(pause * 2, configuration.longestPause)
      if isReplacing, !places[index].isGone {
        log.notice(
          "worker \(process.id) (process \(process.pid)) ended with \(status); the next starts in \(pause)")
      }
    }
    return ended
  }
}

/// Worker processes that cannot be had.
package enum SupervisorError: CategorizedError, Hashable, Sendable {
  /// The program cannot be started.
  case cannotStart(executable: String, code: Int32)
  /// Worker after worker ended early.
  case workersEndAtOnce(deaths: Int, last: ProcessStatus)
  /// A system call failed.
  case system(operation: String, code: Int32)
}

extension SupervisorError {
  /// The program or its machine failed.
  package var category: ErrorCategory { .failed }

  /// The problem and where to look.
  package var description: String {
    switch self {
    case .cannotStart(let executable, let code):
      "cannot start the worker program \(executable): \(String(cString: strerror(code)))"
    case .workersEndAtOnce(let deaths, let last):
      "\(deaths) worker processes in a row ended early, the last with \(last)\(Self.hint(last)): see their log"
    case .system(let operation, let code): "cannot \(operation): \(String(cString: strerror(code)))"
    }
  }

  private static func hint(_ status: ProcessStatus) -> String {
    guard case .exited(let code) = status, let exit = WorkerExit(rawValue: code) else { return "" }
    return " (\(exit))"
  }
}
