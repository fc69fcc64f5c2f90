import ArgumentParser
import EnsembleStudies
import Files
import Foundation
import Logging
import QueueProtocol
import QueueServer
import QueueWorker
import StudyRunning

struct CoordinatorCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "coordinator",
    abstract: "Keeps a queue of studies, and serves workers and clients until it is stopped.",
    discussion: """
      Everything that was acknowledged is in the state folder: a coordinator that was stopped or killed resumes \
      when it is started with the same folder, at the same address. SIGTERM or SIGINT: workers hand their jobs back \
      and leave; another one a second later or more ends it at once. When the disk is full it waits until there is room.

      On a loopback address everybody on this host may use it. On any other, such as tcp://0.0.0.0:5555, everything is \
      encrypted and workers and clients need keys: the first start makes keys.json in the state folder and puts a \
      worker's and a client's key into the connection file (mode 0600). Copy that to the other hosts by a way that \
      nobody else can read; `potline keygen` makes more keys, and revokes them.
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
      "Connection file to write for workers and clients, besides connection.json in the state folder.",
      valueName: "file"))
  var connection: String?

  @OptionGroup var publishing: PublishOptions

  @Flag(
    help:
      "Listen on an address that other hosts reach without keys and encryption: whoever reaches it may do everything (default: off)."
  )
  var insecure = false

  @Option(
    help: ArgumentHelp(
      "Share of members, 0 to 1, that a second worker trains too, to compare the results.",
      valueName: "fraction"))
  var audit = 0.0

  @OptionGroup var statusPage: StatusPageOptions

  @Flag(help: "Print the address as JSON when it listens (default: text).")
  var json = false

  func validate() throws {
    if state.isEmpty { throw ValidationError("--state needs the name of a folder") }
    guard (0...1).contains(audit) else { throw ValidationError("--audit must be 0 to 1") }
  }

  func perform() throws {
    LoggingSystem.bootstrap { _ in ConsoleLog(prefix: "potline", logLevel: .notice) }
    try OpenFiles.raiseLimit()
    try Folder.make(state)
    let journal = try Journal(folder: state)
    let log = Logger(label: "coordinator")
    var configuration = Coordinator.Configuration()
    let page = try statusPage.configuration.map {
      try QueueStatusPage(
        $0, stateFolder: state, published: publishing.host, StudyPrinter(isQuiet: false).show)
    }
    defer { page?.stop() }
    configuration.snapshots = page?.exchange
    configuration.access = try CoordinatorSecurity(access(statusPage: page?.url), log: log)
    configuration.blobs = try BlobStore(folder: state + "/datasets")
    configuration.storageFailure = .wait
    configuration.version = Version.current
    configuration.jobFormat = TrainingJob.currentFormat
    configuration.outcomeLimit = TrainingJobRunner.outcomeLimit
    configuration.settings.keepsServing = true
    configuration.settings.auditFraction = audit
    let coordinator = try Coordinator(configuration, journal: journal, log: log)
    let signals = try SignalWatcher()
    let file = connection ?? state + "/connection.json"
    if json {
      try Console.json(
        Listening(
          address: coordinator.address, connection: file, pid: Int(getpid()), statusPage: page?.url,
          statusTokenFile: page?.tokenFile))
    } else {
      Console.result("listening on \(coordinator.address); connection file: \(file)")
      if let page { Console.result(StudyPrinter.statusPage(page.url, tokenFile: page.tokenFile)) }
    }
    // Whoever started it waits for the address.
    try Console.checkOutput()
    var manager = ServiceManager()
    manager?.isReady()
    _ = try coordinator.run(signals: signals) { progress in
      manager?.isAt(
        "\(progress.finished) of \(progress.jobs) members finished, \(progress.running) running, \(progress.workers) workers"
      )
      if signals.last != nil { manager?.isStopping() }
    }
  }

  private func access(statusPage: String?) -> CoordinatorSecurity.Configuration {
    var access = CoordinatorSecurity.Configuration(stateFolder: state)
    if let listen { access.listen = listen }
    access.isInsecure = insecure
    access.publishedHost = publishing.host
    access.connectionFile = connection
    access.statusPage = statusPage
    return access
  }

  private struct Listening: Encodable {
    let address: String
    let connection: String
    let pid: Int
    let statusPage: String?
    let statusTokenFile: String?
  }
}
