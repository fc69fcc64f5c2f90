import QueueProtocol
import QueueServer
import StatusPage

/// A status page of a queue in this process, served until it is stopped.
package struct QueueStatusPage {
  package struct Configuration: Sendable {
    /// IP address and port, such as 127.0.0.1:8090; port 0 is a free one.
    package var address: String
    /// File with the readers' token. Default: none on a loopback address, else status-token in the state folder.
    package var tokenFile: String?
    package var version: String

    package init(address: String, tokenFile: String?, version: String) {
      (self.address, self.tokenFile, self.version) = (address, tokenFile, version)
    }
  }

  private let server: StatusServer
  /// The address for readers.
  package let url: String

  package var tokenFile: String? { server.tokenFile }
  package var exchange: SnapshotExchange { server.exchange }

  /// Serves the page.
  ///
  /// - Parameters:
  ///   - stateFolder: The place of its token if it needs one.
  ///   - published: The host for readers in place of the one it listens on.
  /// - Throws: `StatusPageError`, `PublishedAddressError`.
  package init(
    _ configuration: Configuration, stateFolder: String, published: PublishedAddress.Host,
    _ events: @escaping StudyEvents
  ) throws {
    var settings = StatusServer.Configuration(version: configuration.version, stateFolder: stateFolder)
    settings.tokenFile = configuration.tokenFile
    settings.failed = { events(.statusPageEnded(reason: "\($0)")) }
    server = try StatusServer(at: StatusAddress(configuration.address), settings)
    let host = server.address.isLoopback ? .automatic : published
    let published = try PublishedAddress(bound: "tcp://\(server.address)", host: host)
    url = "http://\(published.address.dropFirst("tcp://".count))/"
    server.start()
  }

  package func stop() { server.stop() }
}
