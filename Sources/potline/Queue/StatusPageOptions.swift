import ArgumentParser
import StatusPage
import StudyRunning

/// The options of commands that serve a status page of their queue.
struct StatusPageOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Serve a status page, metrics (/metrics) and JSON (/api) over HTTP at this IP address and port, such as "
        + "127.0.0.1:8090; port 0 takes a free one (default: none).", valueName: "host:port"))
  var status: String?

  @Option(
    help: ArgumentHelp(
      "File (mode 0600) with the token that readers of the status page need (default: none on a loopback address; on any "
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

  /// nil if no page is wanted.
  var configuration: QueueStatusPage.Configuration? {
    status.map { .init(address: $0, tokenFile: statusTokenFile, version: Version.current) }
  }
}
