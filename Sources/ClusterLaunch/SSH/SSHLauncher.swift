import Glibc
import QueueProtocol
import QueueWorker

/// Keeps workers running on hosts that it reaches over ssh, until they have left or it is told to stop. It belongs to one
/// thread.
package final class SSHLauncher {
  /// What to start, and where.
  package struct Configuration: Sendable {
    /// The ssh client.
    package var ssh: SSHCommand
    /// The hosts.
    package var hosts: [LaunchHost]
    /// The program that a host gets if it has none of the same version.
    package var program: WorkerProgram
    /// What workers need to reach the coordinator. Only the worker's keys are sent.
    package var connection: ConnectionFile
    /// Options of `potline worker` for all hosts, without `--connection` and `--processes`.
    package var workerOptions: [String] = []
    /// How many worker processes a host runs that doesn't say. Default: `nil`, as many as it has cores.
    package var processes: Int?
    /// The program's path on hosts that don't say. Default: `nil`, the one in PATH or a copy.
    package var binary: String?
    /// How often a host is tried again on which no worker has run yet, or on which they fail. Default: 5.
    package var retries = 5
    /// The first pause before a host is tried again; it doubles up to a minute. Default: 1 s.
    package var firstPause: Duration = .seconds(1)
    /// How long hosts have to stop. Default: 10 s.
    package var grace: Duration = .seconds(10)

    /// Workers of the coordinator of `connection` on `hosts`.
    package init(ssh: SSHCommand, hosts: [LaunchHost], program: WorkerProgram, connection: ConnectionFile) {
      (self.ssh, self.hosts, self.program, self.connection) = (ssh, hosts, program, connection)
    }
  }

  /// Something to tell the user.
  package enum Event: Hashable, Sendable {
    /// A host is at something else.
    case state(host: String, HostState)
    /// A worker on a host has said this.
    case line(host: String, String)
  }

  private struct Place {
    let host: LaunchHost
    var core: HostCore
    var session: SSHSession?
    var hasStarted = false
    var told: HostState?
  }

  private static let signInterval: Duration = .seconds(10)

  private let configuration: Configuration
  private let passage: [UInt8]
  private let tell: (Event) -> Void
  private var places: [Place]
  private var nextSign = SuspendingClock.now + signInterval

  /// A launcher that has started nothing yet.
  ///
  /// - Throws: `LaunchError.unreachableAddress` when hosts can't reach the coordinator at its address, `KeyFileError`
  ///   when the connection file holds no worker's key.
  package init(_ configuration: Configuration, tell: @escaping (Event) -> Void) throws {
    let connection = configuration.connection
    try LaunchError.check(address: connection.address)
    var sent = connection
    sent.client = nil
    if sent.serverKey != nil { _ = try sent.security(as: .worker) }
    passage = try sent.passage()
    (self.configuration, self.tell) = (configuration, tell)
    places = configuration.hosts.map { host in
      Place(
        host: host,
        core: HostCore(
          programBytes: configuration.program.bytes, retries: configuration.retries,
          firstPause: configuration.firstPause, now: .now))
    }
  }

  /// Runs until nothing is left to do on any host. The first signal makes all workers hand their jobs back and leave, a
  /// second one ends the connections at once (and the workers as soon as their hosts notice).
  ///
  /// - Returns: The last state of every host, in order, and whether workers ever ran on it.
  package func run(signals: SignalWatcher) -> [(host: String, state: HostState, hasRun: Bool)] {
    var deadline: SuspendingClock.Instant?
    while true {
      for index in places.indices { handle(.tick, index) }
      wait()
      for index in places.indices { serve(index) }
      sendSigns()
      let count = signals.drain()
      if count > 0, deadline == nil {
        deadline = .now + configuration.grace
        for index in places.indices { handle(.stop, index) }
      }
      if count > 1 || deadline.map({ $0 < .now }) == true { places.forEach { $0.session?.kill() } }
      for index in places.indices where places[index].core.state != places[index].told {
        places[index].told = places[index].core.state
        tell(.state(host: places[index].host.name, places[index].core.state))
      }
      if places.allSatisfy({ $0.core.state.isFinal && $0.session == nil }) { break }
    }
    return places.map { ($0.host.name, $0.core.state, $0.core.hasRun) }
  }

  /// Until a pipe can be read or written, but not long.
  private func wait() {
    var items: [pollfd] = []
    for case let session? in places.map(\.session) {
      items.append(pollfd(fd: session.output, events: Int16(POLLIN), revents: 0))
      items.append(pollfd(fd: session.errors, events: Int16(POLLIN), revents: 0))
      if session.hasOutgoing { items.append(pollfd(fd: session.input, events: Int16(POLLOUT), revents: 0)) }
    }
    // Pipes that have ended are ready for ever until their process has gone, too.
    if poll(&items, nfds_t(items.count), 20) > 0,
      items.allSatisfy({ $0.revents & Int16(POLLIN | POLLOUT) == 0 })
    {
      usleep(5_000)
    }
  }

  private func serve(_ index: Int) {
    guard let session = places[index].session else { return }
    session.pump()
    let status = session.reap()
    let (reports, lines) = session.read(atEnd: status != nil)
    for report in reports { handle(.report(report), index) }
    if places[index].hasStarted { for line in lines { tell(.line(host: places[index].host.name, line)) } }
    guard let status else { return }
    places[index].session = nil
    let end = SessionEnd(status: status, lines: session.lastErrors, hasStarted: places[index].hasStarted)
    handle(.sessionEnded(end), index)
  }

  private func handle(_ event: HostCore.Event, _ index: Int) {
    for effect in places[index].core.handle(event, at: .now) {
      switch effect {
      case .connect: connect(index)
      case .sendProgram: places[index].session?.sendProgram(configuration.program.path)
      case .sendConnection:
        places[index].hasStarted = true
        places[index].session?.sendConnection(passage)
      case .endInput: places[index].session?.endInput()
      case .kill: places[index].session?.kill()
      }
    }
  }

  private func connect(_ index: Int) {
    let host = places[index].host
    places[index].hasStarted = false
    var options = configuration.workerOptions
    if let processes = host.processes ?? configuration.processes {
      options += ["--processes", "\(processes)"]
    }
    let command = RemoteCommand(
      program: configuration.program, binary: host.binary ?? configuration.binary, options: options)
    do throws(SupervisorError) {
      places[index].session = try SSHSession(configuration.ssh, host: host.name, command: command.text)
    } catch {
      let program = configuration.ssh.words[0]
      if case .cannotStart(_, let code) = error {
        handle(.cannotStart("cannot start \(program): \(String(cString: strerror(code)))"), index)
      } else {
        handle(.cannotStart("\(error)"), index)
      }
    }
  }

  private func sendSigns() {
    guard SuspendingClock.now >= nextSign else { return }
    nextSign = .now + Self.signInterval
    for place in places { place.session?.sendSignOfLife() }
  }
}
