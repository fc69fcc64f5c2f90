import ArgumentParser
import Foundation
import JobQueue
import Logging
import ZeroMQ

struct CoordinatorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "coordinator",
    abstract: "Keeps a queue of studies, and serves workers and clients until it is stopped.",
    discussion: """
      Everything that was acknowledged is in the state folder: a coordinator that was stopped or killed goes on where it \
      was when it is started with the same folder, at the same address. SIGTERM or SIGINT: workers hand their jobs back \
      and leave; a second signal ends it at once. When the disk is full it waits until there is room.
      """)

  @Option(help: ArgumentHelp("State folder (required).", valueName: "folder"))
  var state: String

  @Option(
    help: ArgumentHelp(
      "Address to listen on (default: a port of the loopback interface that the system chooses, at each later start "
        + "the same one).", valueName: "address"))
  var listen: String?

  @Option(
    help: ArgumentHelp(
      "Connection file to write for workers and clients (default: connection.json in the state folder).",
      valueName: "file"))
  var connection: String?

  @Option(
    help: ArgumentHelp(
      "Share of members, 0 to 1, that a second worker trains too, to compare the results.",
      valueName: "fraction"))
  var audit = 0.0

  @Flag(help: "Print the address as JSON when it listens (default: text).")
  var json = false

  func validate() throws {
    if state.isEmpty { throw ValidationError("--state needs the name of a folder") }
    guard (0...1).contains(audit) else { throw ValidationError("--audit must be 0 to 1") }
  }

  func run() throws {
    LoggingSystem.bootstrap { _ in ConsoleLog(prefix: "potline", logLevel: .notice) }
    do {
      try serve()
    } catch {
      throw
        (error is JournalError || error is BlobError || error is ConnectionFileError
        ? ExitStatus.output : .failed)
        .refuse(error)
    }
  }

  private func serve() throws {
    let file = connection ?? state + "/connection.json"
    try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
    let journal = try Journal(folder: state)
    var configuration = Coordinator.Configuration()
    configuration.address = address(published: try? ConnectionFile(path: file).address)
    configuration.blobs = try BlobStore(folder: state + "/datasets")
    configuration.storageFailure = .wait
    configuration.version = Version.current
    configuration.settings.keepsServing = true
    configuration.settings.auditFraction = audit
    let coordinator = try Coordinator(configuration, journal: journal, log: Logger(label: "coordinator"))
    let signals = try SignalWatcher()
    try ConnectionFile(address: coordinator.address).write(to: file)
    if json {
      try JSONOutput.print(Listening(address: coordinator.address, connection: file, pid: Int(getpid())))
    } else {
      Console.result("listening on \(coordinator.address); connection file: \(file)")
    }
    _ = try coordinator.run(signals: signals)
  }

  /// The published address if the option leaves the port to the system, so that workers find it after a restart.
  private func address(published: String?) -> String {
    let wanted = listen ?? Coordinator.Configuration().address
    guard let published, wanted.hasSuffix(":*") || wanted.hasSuffix(":0"),
      published.prefix(upTo: published.lastIndex(of: ":") ?? published.startIndex) == wanted.dropLast(2)
    else { return wanted }
    return published
  }

  private struct Listening: Encodable {
    let address: String
    let connection: String
    let pid: Int
  }
}
