import Files
import Foundation
import Logging
import Synchronization
import ZeroMQ

/// Access to a coordinator: its keys, its connection file, and the check of each message.
///
/// ```swift
/// let security = try CoordinatorSecurity(.init(stateFolder: folder), log: log)
/// let socket = try Socket(.router, context: security.context, options: options)
/// let address = try security.bind(socket)             // also writes the connection file
/// security.refresh(at: now)                           // each tick: takes in a changed keys.json
/// try security.check("submit", from: message.userID)  // each message, after it was decoded
/// ```
///
/// On a loopback address nothing is encrypted and everybody on this host may do everything. On any other, peers need a
/// key of `keys.json`, unless `isInsecure`. `refresh` and `bind` belong to one thread, `check` may be used from any.
package final class CoordinatorSecurity: Sendable {
  /// Where a coordinator listens and what it publishes.
  package struct Configuration: Hashable, Sendable {
    /// The folder of `keys.json` and `connection.json`, which is made if need be.
    package var stateFolder: String
    /// The address to listen on. A port of 0 or `*` is chosen by the system, the same again at the next start if it is
    /// free. Default: loopback.
    package var listen = "tcp://127.0.0.1:*"
    /// Whether to listen on an address that others can reach without any protection. Default: no.
    package var isInsecure = false
    /// Whether to use keys on a loopback address too. Default: no.
    package var usesKeysOnLoopback = false
    /// The host to publish in place of the one that the socket is bound to. Default: that one; for a wildcard the
    /// address of an interface.
    package var publishedHost = PublishedAddress.Host.automatic
    /// The status page's address for the connection file. Default: none.
    package var statusPage: String?
    /// Another place to write the connection file to, besides `connection.json` in the state folder.
    package var connectionFile: String?

    /// A coordinator with its state in this folder.
    package init(stateFolder: String) { self.stateFolder = stateFolder }
  }

  /// The context to open the coordinator's socket in.
  package let context: Context

  private let configuration: Configuration
  private let security: Security
  private let keys: WatchedKeys?
  private let denials: DenialLog
  private let log: Logger

  /// Reads the keys in the state folder, or makes them, if the address needs them.
  ///
  /// - Throws: `KeyFileError`, `EndpointError` for a malformed address, `ZeroMQError`.
  package init(_ configuration: Configuration, log: Logger) throws {
    (self.configuration, self.log) = (configuration, log)
    context = try Context()
    let denials = DenialLog(log: log)
    self.denials = denials
    let isLoopback = try Endpoint(configuration.listen).isLoopback
    guard configuration.usesKeysOnLoopback || !(isLoopback || configuration.isInsecure) else {
      security = isLoopback ? .loopback : .insecure
      keys = nil
      return
    }
    let ring = try KeyRing.update(inState: configuration.stateFolder) { $0 }
    let time = SystemTime()
    let authenticator = try Authenticator(context: context, keys: ring.admitted) {
      denials.add($0, at: time.now)
    }
    security = .curveServer(try ring.serverKeys, authenticator: authenticator)
    keys = WatchedKeys(
      stateFolder: configuration.stateFolder, ring: ring, authenticator: authenticator, log: log)
  }

  /// Binds the coordinator's socket, of this `context`, and writes the connection file with the address and, if keys
  /// are used, a worker's and a client's; those of an earlier start if they still are admitted.
  ///
  /// - Returns: The address as published.
  /// - Throws: `EndpointError`, `ZeroMQError` when the address can't be used; `PublishedAddressError`; `KeyFileError`.
  package func bind(_ socket: Socket) throws -> String {
    let path = configuration.stateFolder + "/connection.json"
    let earlier = try earlierFile(path)
    let bound = try bind(socket, earlier: earlier?.address)
    let published = try PublishedAddress(bound: bound, host: configuration.publishedHost)
    if let explanation = published.explanation { log.notice("\(explanation)") }
    try warnIfOnlyThisHostReaches(published)
    var file = ConnectionFile(address: published.address)
    file.statusPage = configuration.statusPage
    if let keys { try keys.addCredentials(to: &file, earlier: earlier) }
    try Folder.makeOne(configuration.stateFolder, mode: 0o700)
    for path in [path, configuration.connectionFile].compactMap({ $0 }) { try file.write(to: path) }
    if security.isInsecure {
      log.warning(
        "listening on \(file.address) without keys: whoever reaches it can submit jobs and read results")
    }
    return file.address
  }

  /// Connections that were refused so far.
  package var refusedConnections: Int { denials.count }

  /// Takes in `keys.json` if it has changed, at most once a second. Cheap otherwise.
  package func refresh(at now: Instant) {
    denials.flush(at: now)
    keys?.refresh(at: now)
  }

  /// Whether the sender of a message of this type, known by `Message.userID`, may say it.
  ///
  /// - Throws: `AccessError`; the message is to be dropped.
  package func check(_ type: String, from userID: String?) throws(AccessError) {
    guard let keys else { return }
    guard let userID, keys.isAdmitted(userID), let role = KeyRole(userID: userID) else {
      throw .notAdmitted(userID ?? "an unknown peer")
    }
    guard mayUse(role, messageType: type) else { throw .notAllowed(userID, type: String(type.prefix(64))) }
  }

  /// The port that workers know is worth a second of waiting for the process before this one to end.
  private func bind(_ socket: Socket, earlier: String?) throws -> String {
    guard let earlier, let same = PublishedAddress.sameAgain(configuration.listen, earlier: earlier) else {
      return try socket.bind(to: configuration.listen, security: security)
    }
    for _ in 0..<20 {
      do {
        return try socket.bind(to: same, security: security)
      } catch let error as ZeroMQError {
        guard error.isAddressInUse else { break }
        usleep(50_000)
      }
    }
    log.notice("\(same) is in use: another port is used")
    return try socket.bind(to: configuration.listen, security: security)
  }

  /// A host's own name often stands for 127.0.1.1 in `/etc/hosts`.
  private func warnIfOnlyThisHostReaches(_ published: PublishedAddress) throws {
    let listen = try Endpoint(configuration.listen)
    guard configuration.publishedHost == .automatic, !listen.isLoopback, !listen.isWildcard,
      try Endpoint(published.address).isLoopback
    else { return }
    log.warning(
      """
      \(listen) is \(published.address) on this host, which other hosts can't reach: listen on tcp://0.0.0.0:\(listen.port ?? "0") \
      or on one of this host's own addresses
      """)
  }

  private func earlierFile(_ path: String) throws -> ConnectionFile? {
    guard access(path, F_OK) == 0 else { return nil }
    // A disk that was full, or a crash of the host, may have left an empty one.
    if (try? FileContent.first(1, of: path))?.isEmpty == true { return nil }
    return try ConnectionFile(path: path)
  }
}

/// A message that its sender may not say.
package enum AccessError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The sender's key was revoked after it connected.
  case notAdmitted(String)
  /// The sender's role does not allow it.
  case notAllowed(String, type: String)

  /// The error in words.
  package var description: String {
    switch self {
    case .notAdmitted(let user): "a message of \(user), whose key is no longer admitted"
    case .notAllowed(let user, let type):
      "a message of type “\(type)” of \(user), whose key does not allow it"
    }
  }
}
