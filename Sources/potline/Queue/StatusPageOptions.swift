import ArgumentParser
import QueueProtocol
import StatusPage

extension ExitStatus {
  /// How a command ends that can't serve its status page.
  init(_ error: StatusPageError) { self = error.isAboutFiles ? .badInput : .failed }
}

/// The options of commands whose queue can be looked at with a browser.
struct StatusPageOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Serve a status page, metrics (/metrics) and JSON (/api) over HTTP at this IP address and port, such as "
        + "127.0.0.1:8090; port 0: one that is free (default: none).", valueName: "host:port"))
  var status: String?

  @Option(
    help: ArgumentHelp(
      "File with the token that readers of the status page show, mode 0600 (default: none on a loopback address; on any "
        + "other status-token beside the journal, made at the first start).", valueName: "file"))
  var statusTokenFile: String?

  func validate() throws {
    guard let status else {
      if statusTokenFile != nil { throw ValidationError("--status-token-file needs --status") }
      return
    }
    do throws(StatusPageError) {
      _ = try StatusAddress(status)
    } catch {
      throw ValidationError("\(error)")
    }
  }

  /// A page that is served.
  struct Page {
    let server: StatusServer
    /// As others reach it.
    let url: String

    /// A line for people.
    var text: String {
      "status page: \(url)" + (server.tokenFile.map { "; its token is in \($0)" } ?? "")
    }
  }

  /// Begins to serve the page, if one is wanted.
  ///
  /// - Parameters:
  ///   - stateFolder: Where its token is kept if it needs one.
  ///   - published: The host name or address to say to others in place of the one it listens on.
  /// - Throws: `StatusPageError`.
  func start(stateFolder: String, published: String?) throws -> Page? {
    guard let status else { return nil }
    var configuration = StatusServer.Configuration(version: Version.current, stateFolder: stateFolder)
    configuration.tokenFile = statusTokenFile
    configuration.failed = { reason in
      ProgressLine.clear()
      Console.note("potline: the status page has ended: \(reason); the queue goes on without it")
    }
    let server = try StatusServer(at: StatusAddress(status), configuration)
    let host = server.address.isLoopback ? nil : published
    let endpoint = PublishedAddress.of(bound: "tcp://\(server.address)", host: host)
    server.start()
    return Page(server: server, url: "http://\(endpoint.dropFirst("tcp://".count))/")
  }
}
