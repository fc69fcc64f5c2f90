import EnsembleStudies
import ArgumentParser
import Foundation
import QueueProtocol
import StudyRunning

/// The options of every command that asks a coordinator.
struct ConnectionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Connection file of the coordinator (default: $POTLINE_CONNECTION).", valueName: "file"))
  var connection: String?

  @Option(
    help: ArgumentHelp("Seconds without an answer after which the command gives up.", valueName: "seconds"))
  var timeout = 60.0

  @Flag(help: "Connect without keys to a coordinator on another host that uses none (default: off).")
  var insecure = false

  @Flag(help: "Print JSON instead of text (default: text).")
  var json = false

  func validate() throws {
    guard timeout > 0, timeout <= 1e6 else {
      throw ValidationError("--timeout must be more than 0 and at most 1000000 seconds")
    }
  }

  /// The path of the connection file. Throws `CommandError` if none is given.
  static func path(_ option: String?) throws -> String {
    if let path = option ?? ProcessInfo.processInfo.environment["POTLINE_CONNECTION"], !path.isEmpty {
      return path
    }
    throw CommandError(.usage, "no connection file: use --connection FILE, or set POTLINE_CONNECTION")
  }

  /// Throws unless the connection file can be used.
  func check() throws {
    let path = try Self.path(connection)
    _ = try ConnectionFile(path: path).security(as: .client, isInsecure: insecure, path: path)
  }

  /// A client of the coordinator that the connection file names now, which gives up after `timeout` seconds without an answer.
  func client(timeout: Double) throws -> QueueClient {
    let path = try Self.path(connection)
    let file = try ConnectionFile(path: path)
    var configuration = QueueClient.Configuration(address: file.address)
    configuration.security = try file.security(as: .client, isInsecure: insecure, path: path)
    configuration.timeout = .milliseconds(Int64(timeout * 1000))
    configuration.version = ProgramVersion(program: Version.current, jobFormat: TrainingJob.currentFormat)
    configuration.onMismatch = { Console.note($0) }
    return try QueueClient(configuration)
  }

  /// Connects and runs `body`.
  func withClient<Value>(_ body: (QueueClient) throws -> Value) throws -> Value {
    try body(try client(timeout: timeout))
  }
}

extension StudyID: ExpressibleByArgument {
  /// Reads `s7`.
  package init?(argument: String) { self.init(argument) }
}
