import ArgumentParser
import Foundation
import QueueProtocol

/// The options of every command that speaks with a coordinator.
struct ConnectionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Connection file of the coordinator (default: $POTLINE_CONNECTION).", valueName: "file"))
  var connection: String?

  @Option(
    help: ArgumentHelp("Give up after so many seconds without an answer.", valueName: "seconds"))
  var timeout = 60.0

  @Flag(help: "Speak without keys with a coordinator on another host that uses none (default: off).")
  var insecure = false

  @Flag(help: "Print JSON instead of text (default: text).")
  var json = false

  func validate() throws {
    guard timeout > 0, timeout <= 1e6 else {
      throw ValidationError("--timeout must be more than 0 and at most 1000000 seconds")
    }
  }

  /// The path of the connection file; ends the program with a message if there is none.
  static func path(_ option: String?) throws -> String {
    if let path = option ?? ProcessInfo.processInfo.environment["POTLINE_CONNECTION"], !path.isEmpty {
      return path
    }
    throw ExitStatus.usage.refuse(
      UsageProblem("no connection file: use --connection FILE, or set POTLINE_CONNECTION"))
  }

  /// Ends the program with a message if the connection file can't be used.
  func check() throws {
    do {
      let path = try Self.path(connection)
      _ = try ConnectionFile(path: path).security(as: .client, isInsecure: insecure, path: path)
    } catch let error as KeyFileError {
      throw ExitStatus.badInput.refuse(error)
    }
  }

  /// A client of the coordinator that the connection file names now, which gives up after so many seconds.
  func client(timeout: Double) throws -> QueueClient {
    let path = try Self.path(connection)
    let file = try ConnectionFile(path: path)
    var configuration = QueueClient.Configuration(address: file.address)
    configuration.security = try file.security(as: .client, isInsecure: insecure, path: path)
    configuration.timeout = .milliseconds(Int64(timeout * 1000))
    return try QueueClient(configuration)
  }

  /// Connects and runs `body`; ends the program with a message and the right status if the coordinator doesn't answer or
  /// refuses.
  func withClient<Value>(_ body: (QueueClient) throws -> Value) throws -> Value {
    do {
      return try body(try client(timeout: timeout))
    } catch let error as KeyFileError {
      throw ExitStatus.badInput.refuse(error)
    } catch let error as QueueClientError {
      throw ExitStatus.unavailable.refuse(error)
    } catch let error as MessageError {
      throw ExitStatus.unavailable.refuse(error)
    } catch let problem as QueueProblem {
      throw ExitStatus(problem.code).refuse(problem)
    } catch let code as ExitCode {
      throw code
    } catch {
      throw ExitStatus.failed.refuse(error)
    }
  }
}

extension ExitStatus {
  /// How a command ends that the coordinator refused.
  init(_ code: QueueProblem.Code) {
    switch code {
    case .unknownStudy: self = .unknownStudy
    case .cancelled: self = .cancelled
    case .storage, .stopping: self = .unavailable
    case .notAllowed, .badBlob, .badSubmission, .badRequest: self = .failed
    }
  }
}

/// A study as it is named on the command line: s7.
extension StudyID: ExpressibleByArgument {
  /// Reads `s7`.
  package init?(argument: String) { self.init(argument) }
}
