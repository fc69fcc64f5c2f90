import Dispatch
import FlyingSocks
import QueueServer

/// Serves the page, the metrics and the JSON of one coordinator over HTTP, on threads of its own.
///
/// ```swift
/// let server = try StatusServer(at: StatusAddress("127.0.0.1:8090"), .init(version: "1.0"))
/// configuration.snapshots = server.exchange          // of the Coordinator
/// server.start()
/// …                                                  // the coordinator runs
/// server.stop()
/// ```
package final class StatusServer: Sendable {
  /// How a page is served.
  package struct Configuration: Sendable {
    /// The program's version.
    package var version: String
    /// A file with the token that readers show, of mode 0600. Default: none; on an address that other hosts reach one
    /// is made in `stateFolder`.
    package var tokenFile: String?
    /// Where `status-token` is made if need be.
    package var stateFolder: String
    /// Told, on some thread, why the page has ended without `stop()`. Default: nobody is.
    package var failed: @Sendable (_ reason: String) -> Void = { _ in }

    /// The page of a program of this version, with its token in this folder if it needs one.
    package init(version: String, stateFolder: String) {
      (self.version, self.stateFolder) = (version, stateFolder)
    }
  }

  /// Where it listens.
  package let address: StatusAddress
  /// The file of the token; `nil` if none is needed.
  package let tokenFile: String?
  /// For the coordinator.
  package var exchange: SnapshotExchange { feed.exchange }

  let listener: Listener
  private let feed = SnapshotFeed()
  let router: Router
  private let limits: Limits
  private let failed: @Sendable (String) -> Void
  private let flag = StopFlag()
  private let ended = DispatchSemaphore(value: 0)

  /// Listens; answers come after `start()`.
  ///
  /// - Throws: `StatusPageError`.
  package convenience init(
    at wanted: StatusAddress, _ configuration: Configuration
  ) throws(StatusPageError) {
    try self.init(at: wanted, configuration, limits: Limits())
  }

  init(
    at wanted: StatusAddress, _ configuration: Configuration, limits: Limits
  ) throws(StatusPageError) {
    self.limits = limits
    failed = configuration.failed
    var token: AccessToken?
    if let file = configuration.tokenFile {
      (token, tokenFile) = (try AccessToken.read(file), file)
    } else if !wanted.isLoopback {
      let file = configuration.stateFolder + "/status-token"
      (token, tokenFile) = (try AccessToken.readOrMake(file), file)
    } else {
      tokenFile = nil
    }
    listener = try Listener(wanted)
    address = listener.address
    let pages = PageCache(version: configuration.version)
    router = Router(
      rules: AccessRules(token: token, address: listener.address), feed: feed, pages: pages,
      events: EventStream(feed: feed, pages: pages, limits: limits, stop: flag),
      streams: Tally(limit: limits.streams), version: configuration.version)
  }

  /// Begins to answer. To be called once.
  package func start() {
    Task.detached { [self] in
      await run()
      ended.signal()
    }
  }

  /// Ends all streams and connections. Waits for that up to 0.3 s; not to be called from a task.
  package func stop() {
    requestStop()
    _ = ended.wait(timeout: .now() + 0.3)
  }

  func requestStop() { flag.set() }

  private func run() async {
    defer { try? listener.socket.close() }
    let pool = SocketPool<ePoll>.ePoll(maxEvents: 64)
    let connections = Tally(limit: limits.connections)
    if let error = await Self.error({ try await pool.prepare() }) { return end(error) }
    await withTaskGroup(of: (any Error)?.self) { group in
      group.addTask { await Self.error { try await pool.run() } }
      group.addTask { [self] in
        await withDiscardingTaskGroup { readers in
          let error = await Self.error {
            try await listener.run(pool) { socket in
              let connection = Connection(socket, limits: limits)
              readers.addTask { [self] in
                let isWelcome = connections.enter()
                if isWelcome { await connection.serve(router) } else { await connection.refuse() }
                if isWelcome { connections.leave() }
              }
            }
          }
          readers.cancelAll()
          return error
        }
      }
      group.addTask { [flag] in
        while !flag.isSet { try? await Task.sleep(for: .milliseconds(50)) }
        return nil
      }
      // What stops first ends the others.
      end(await group.next() ?? nil)
      group.cancelAll()
    }
  }

  private func end(_ error: (any Error)?) {
    if !flag.isSet { failed(error.map { "\($0)" } ?? "the system doesn't say why") }
  }

  private static func error(_ work: () async throws -> Void) async -> (any Error)? {
    do {
      try await work()
      return nil
    } catch {
      return error
    }
  }
}
