import Foundation
import Logging
import Synchronization
import ZeroMQ

/// The admitted keys of a running coordinator, kept in step with `keys.json`.
final class WatchedKeys: Sendable {
  /// The properties of a file that change when it is written or replaced.
  private struct Stamp: Hashable {
    var inode: UInt
    var size: Int
    var seconds: Int
    var nanoseconds: Int

    init?(_ path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      (inode, size) = (UInt(status.st_ino), Int(status.st_size))
      (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
    }
  }

  private struct State {
    var users: Set<String>
    var stamp: Stamp?
    var nextLook: Instant?
  }

  private let stateFolder: String
  private let serverKey: CurveSecretKey
  private let authenticator: Authenticator
  private let log: Logger
  private let state: Mutex<State>

  /// - Parameter ring: What was read before; the file is read again at the first look, as it may have changed since.
  init(stateFolder: String, ring: KeyRing, authenticator: Authenticator, log: Logger) {
    (self.stateFolder, serverKey) = (stateFolder, ring.server)
    (self.authenticator, self.log) = (authenticator, log)
    state = Mutex(State(users: ring.admitted.userIDs))
  }

  func isAdmitted(_ userID: String) -> Bool { state.withLock { $0.users.contains(userID) } }

  /// A file that can't be used changes nothing, and is complained of once.
  func refresh(at now: Instant) {
    let path = KeyRing.path(inState: stateFolder)
    let hasChanged = state.withLock { state in
      if let next = state.nextLook, now < next { return false }
      state.nextLook = now + .seconds(1)
      let stamp = Stamp(path)
      defer { state.stamp = stamp }
      return stamp != state.stamp
    }
    guard hasChanged else { return }
    do throws(KeyFileError) {
      guard let ring = try KeyRing.read(inState: stateFolder) else {
        throw .unreadable(path: path, code: ENOENT)
      }
      take(ring)
    } catch {
      log.error("the keys stay as they were: \(error)")
    }
  }

  private func take(_ ring: KeyRing) {
    if ring.server != serverKey {
      log.error(
        "the coordinator's own key in keys.json has changed: that takes effect when it is started again")
    }
    let admitted = ring.admitted
    guard admitted != authenticator.keys else { return }
    use(admitted)
    log.notice("keys read again: \(admitted.users.count) admitted, \(admitted.revoked.count) revoked")
  }

  private func use(_ admitted: AdmittedKeys) {
    authenticator.replaceKeys(admitted)
    state.withLock { $0.users = admitted.userIDs }
  }

  /// The keys of the connection file: those of `earlier` that are admitted, and new ones in place of the others.
  func addCredentials(to file: inout ConnectionFile, earlier: ConnectionFile?) throws {
    file.serverKey = try CurveKeyPair(secretKey: serverKey).publicKey
    let ring = try KeyRing.update(inState: stateFolder) { ring in
      file.worker = try Self.credentials(.worker, in: &ring, earlier: earlier?.worker)
      file.client = try Self.credentials(.client, in: &ring, earlier: earlier?.client)
      return ring
    }
    use(ring.admitted)
  }

  private static func credentials(
    _ role: KeyRole, in ring: inout KeyRing, earlier: ConnectionFile.Credentials?
  ) throws -> ConnectionFile.Credentials {
    if let earlier, ring.admits(earlier, as: role) { return earlier }
    let taken = Set(ring.keys.filter { $0.role == role }.map(\.name))
    let name = (1...).lazy.map { $0 == 1 ? "default" : "default-\($0)" }.first { !taken.contains($0) }
    return try ring.add(role, name: name ?? "default")
  }
}
