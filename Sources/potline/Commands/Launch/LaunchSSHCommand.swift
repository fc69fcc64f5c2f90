import ArgumentParser
import ClusterLaunch
import Foundation
import QueueProtocol
import QueueWorker
import StudyRunning

struct LaunchSSHCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "ssh",
    abstract: "Keeps workers running on hosts that ssh reaches, until they have left or it is stopped.",
    discussion: """
      A hosts file names one host a line, as for ssh, with options of its own; # begins a comment:

        hall-1
        worker@hall-2   processes=8
        hall-3          binary=/opt/potline/bin/potline

      A host runs the potline in its PATH if the versions are the same. Otherwise this program is copied once into \
      potline/programs in $XDG_CACHE_HOME or ~/.cache there, and checked by its SHA-256; that needs the same kind of \
      processor, and a program that runs without Swift, as those of releases do. The worker's key travels over ssh's standard \
      input: it is on no command line and on no disk of the host. Nothing is asked: keys must be in ssh-agent or without a \
      passphrase.

      When a host is lost, the command reconnects after 1 s, then 2 s, up to a minute. On SIGINT or SIGTERM all workers \
      hand their jobs back and leave; a second signal ends the connections immediately. However this command ends, even by \
      kill -9, its workers leave.

      EXIT STATUS: 0 all workers left in order, 3 some hosts were given up, 64 wrong options, 65 a hosts or connection file that \
      can't be used, 69 no host could be used, 74 a second signal.
      """)

  @Option(help: ArgumentHelp("File that names the hosts.", valueName: "file"))
  var hosts: String?

  @Option(
    name: .customLong("host"),
    help: ArgumentHelp("A host, as for ssh; may be given several times.", valueName: "name"))
  var named: [String] = []

  @Option(
    help: ArgumentHelp("The ssh client, with options: \"ssh -F my.conf\".", valueName: "command"))
  var ssh = "ssh"

  @Option(
    help: ArgumentHelp(
      "Connection file of the coordinator (default: $POTLINE_CONNECTION).", valueName: "file"))
  var connection: String?

  @Option(
    help: ArgumentHelp(
      "Path of potline on the hosts, from their home folder (default: the one in PATH, or a copy of this one).",
      valueName: "path"))
  var binary: String?

  @Option(
    help: ArgumentHelp(
      "Number of worker processes of a host (default: as many as it has processors to use).",
      valueName: "count"))
  var processes: Int?

  @Option(
    help: ArgumentHelp(
      "Time without a job after which a process leaves (default: never).", valueName: "seconds"))
  var idleExit: Double?

  @Option(help: ArgumentHelp("Jobs after which a process leaves (default: no limit).", valueName: "count"))
  var maxJobs: Int?

  @Option(
    help: ArgumentHelp(
      "Further tries in a row after which a host is given up, if no worker has run on it or its workers fail; a host that has worked is "
        + "tried for ever when its connection is lost.", valueName: "count"))
  var retries = 5

  @Flag(help: "Let workers speak without keys with a coordinator that uses none (default: off).")
  var insecure = false

  @Flag(
    help:
      "Print each change of a host as a line of JSON on standard output: host, state, processes, reason (default: text)."
  )
  var json = false

  @Flag(name: .shortAndLong, help: "Report only the hosts that were given up (default: off).")
  var quiet = false

  func validate() throws {
    if hosts == nil, named.isEmpty { throw ValidationError("no host: use --hosts FILE or --host NAME") }
    if SSHCommand(ssh) == nil { throw ValidationError("--ssh needs a command, with every quote ended") }
    if binary?.isEmpty == true { throw ValidationError("--binary needs a path") }
    if let processes, !(1...1024).contains(processes) {
      throw ValidationError("--processes must be 1 to 1024")
    }
    if let maxJobs, maxJobs < 1 { throw ValidationError("--max-jobs must be at least 1") }
    if let idleExit, !(idleExit > 0 && idleExit <= 1e9) {
      throw ValidationError("--idle-exit must be more than 0 and at most 1000000000 seconds")
    }
    guard (0...1000).contains(retries) else { throw ValidationError("--retries must be 0 to 1000") }
  }

  func perform() throws {
    // Each host takes three pipes.
    try OpenFiles.raiseLimit()
    let configuration = try categorized(.badInput) { try launch() }
    let display = LaunchDisplay(hosts: configuration.hosts.map(\.name), isJSON: json, isQuiet: quiet)
    let launcher = try categorized(.badInput) { try SSHLauncher(configuration) { display.show($0) } }
    let signals = try SignalWatcher()
    let ended = launcher.run(signals: signals)
    display.finish()
    if signals.drain() > 1 { throw ExitCode(WorkerExit.leftAtOnce.rawValue) }
    let lost = ended.filter { $0.state.reason != nil }
    if lost.isEmpty { return }
    if lost.count == ended.count, !ended.contains(where: \.hasRun) {
      throw CommandError(.unavailable, "none of the hosts could be used")
    }
    Console.error("\(lost.count) of \(ended.count) hosts were given up")
    throw ExitStatus.membersFailed.code
  }

  private func launch() throws -> SSHLauncher.Configuration {
    let file = try ConnectionFile(path: try ConnectionOptions.path(connection))
    var configuration = SSHLauncher.Configuration(
      ssh: SSHCommand(ssh) ?? .standard, hosts: try allHosts(),
      program: try WorkerProgram(version: Version.current),
      connection: file)
    configuration.processes = processes
    configuration.binary = binary
    configuration.retries = retries
    if let idleExit { configuration.workerOptions += ["--idle-exit", "\(idleExit)"] }
    if let maxJobs { configuration.workerOptions += ["--max-jobs", "\(maxJobs)"] }
    if insecure { configuration.workerOptions.append("--insecure") }
    return configuration
  }

  private func allHosts() throws -> [LaunchHost] {
    var all = try hosts.map { try HostsFile.read($0) } ?? []
    for name in named {
      if all.contains(where: { $0.name == name }) {
        throw CommandError(.badInput, "the host \(name) is named twice")
      }
      all.append(try LaunchHost(name: name))
    }
    return all
  }
}
