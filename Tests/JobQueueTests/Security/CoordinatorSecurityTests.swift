import Foundation
import Testing
import ZeroMQ

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

@Suite("Who may speak with a coordinator", .timeLimit(.minutes(5)))
struct CoordinatorSecurityTests {
  let folder: TemporaryFolder
  let log = RecordedLog()

  init() throws { folder = try TemporaryFolder() }

  private func configuration(_ listen: String = "tcp://0.0.0.0:*") -> CoordinatorSecurity.Configuration {
    var configuration = CoordinatorSecurity.Configuration(stateFolder: folder.path)
    configuration.listen = listen
    configuration.publishedHost = listen.contains("0.0.0.0") ? .name("127.0.0.1") : .automatic
    return configuration
  }

  /// A coordinator's end that answers each message that its sender may say with the sender's user id.
  private final class Server {
    let security: CoordinatorSecurity
    let socket: Socket
    let address: String
    var refused: [AccessError] = []

    init(_ configuration: CoordinatorSecurity.Configuration, _ log: RecordedLog) throws {
      security = try CoordinatorSecurity(configuration, log: log.logger)
      socket = try Socket(
        .router, context: security.context, options: SocketOptions(maximumMessageSize: 1 << 20))
      address = try security.bind(socket)
    }

    func serve(until isDone: () throws -> Bool) throws -> Bool {
      let end = ContinuousClock.now + .seconds(20)
      while ContinuousClock.now < end {
        if try isDone() { return true }
        security.refresh(at: SystemTime().now)
        guard let message = try socket.receive(timeout: .milliseconds(5)) else { continue }
        do throws(AccessError) {
          try security.check(message.frames[1].text ?? "", from: message.userID)
          _ = try? socket.sendNow([message.frames[0], Frame(message.userID ?? "nobody")])
        } catch {
          refused.append(error)
        }
      }
      return false
    }

    /// What comes back when `client` says a message of this type; nil if it is refused.
    func answer(to client: Socket, saying type: String) throws -> String? {
      try client.send([Frame(type)], timeout: .seconds(10))
      let before = refused.count
      var answer: String?
      let isDone = try serve {
        answer = try client.receiveNow()?.frames[0].text
        return answer != nil || refused.count > before
      }
      #expect(isDone)
      return answer
    }
  }

  private func connect(_ path: String, as role: KeyRole) throws -> Socket {
    let file = try ConnectionFile(path: path)
    let socket = try Socket(.dealer, context: Context(), options: SocketOptions(maximumMessageSize: 1 << 20))
    try socket.connect(to: file.address, security: file.security(as: role))
    return socket
  }

  private var connectionPath: String { folder.file("connection.json") }

  @Test("The first start makes keys and a connection file, and roles have different rights")
  func firstStart() throws {
    var configuration = configuration()
    configuration.connectionFile = folder.file("elsewhere.json")
    let server = try Server(configuration, log)
    #expect(try ConnectionFile(path: folder.file("elsewhere.json")) == ConnectionFile(path: connectionPath))
    let worker = try connect(folder.file("elsewhere.json"), as: .worker)
    let client = try connect(connectionPath, as: .client)
    #expect(try server.answer(to: worker, saying: "register") == "worker:default")
    #expect(try server.answer(to: client, saying: "submit") == "client:default")
    #expect(try server.answer(to: worker, saying: "submit") == nil)
    #expect(try server.answer(to: client, saying: "result") == nil)
    #expect(
      server.refused == [
        .notAllowed("worker:default", type: "submit"), .notAllowed("client:default", type: "result"),
      ])
    #expect(try server.answer(to: worker, saying: "heartbeat") == "worker:default")
    #expect(log.lines.isEmpty)
  }

  @Test("A key made while the coordinator runs is admitted, and one revoked is not heard any more")
  func liveChanges() throws {
    let server = try Server(configuration(), log)
    let open = try connect(connectionPath, as: .worker)
    #expect(try server.answer(to: open, saying: "register") == "worker:default")

    let earlier = try ConnectionFile(path: connectionPath)
    let added = try KeyRing.update(inState: folder.path) { try $0.add(.worker, name: "late") }
    #expect(try server.serve { log.lines.count == 1 })
    try ConnectionFile(address: earlier.address, serverKey: earlier.serverKey, worker: added)
      .write(to: folder.file("late.json"))
    let late = try connect(folder.file("late.json"), as: .worker)
    #expect(try server.answer(to: late, saying: "register") == "worker:late")

    _ = try KeyRing.update(inState: folder.path) { try $0.revoke("default") }
    #expect(try server.serve { log.lines.count == 2 })
    #expect(try server.answer(to: open, saying: "heartbeat") == nil)
    #expect(server.refused == [.notAdmitted("worker:default")])
    let again = try connect(connectionPath, as: .worker)
    try again.send(["register"])
    #expect(
      try server.serve {
        log.lines.last?.contains("worker:default") == true
      })
    #expect(try again.receiveNow() == nil)
    #expect(try server.answer(to: late, saying: "heartbeat") == "worker:late")
  }

  @Test("A restart keeps the keys, and the port if it was the system's choice")
  func restart() throws {
    let first: String
    let file: ConnectionFile
    do {
      let server = try Server(configuration(), log)
      (first, file) = (server.address, try ConnectionFile(path: connectionPath))
    }
    #expect(try Server(configuration(), log).address == first)
    let again = try ConnectionFile(path: connectionPath)
    #expect((again.serverKey, again.worker, again.client) == (file.serverKey, file.worker, file.client))
  }

  @Test("A revoked pair in the connection file is replaced at the next start")
  func revokedDefaults() throws {
    _ = try Server(configuration(), log)
    _ = try KeyRing.update(inState: folder.path) { try $0.revoke("default") }
    let server = try Server(configuration(), log)
    #expect(try ConnectionFile(path: connectionPath).worker?.name == "default-2")
    let worker = try connect(connectionPath, as: .worker)
    #expect(try server.answer(to: worker, saying: "register") == "worker:default-2")
  }

  @Test("A port in use is replaced by another when the choice is free")
  func portInUse() throws {
    let server = try Server(configuration(), log)
    let second = try Server(configuration(), log)
    #expect(second.address != server.address)
    let port = try #require(server.address.split(separator: ":").last)
    #expect(log.lines.contains { $0.contains(":\(port)") })
  }

  @Test("On loopback everybody may do everything, and no keys are made")
  func loopback() throws {
    let server = try Server(configuration("tcp://127.0.0.1:*"), log)
    let client = try connect(connectionPath, as: .worker)
    for type in ["register", "submit"] { #expect(try server.answer(to: client, saying: type) == "nobody") }
    #expect(try ConnectionFile(path: connectionPath) == ConnectionFile(address: server.address))
    #expect(!FileManager.default.fileExists(atPath: KeyRing.path(inState: folder.path)))
  }

  @Test("Insecurity must be asked for, and is warned of")
  func insecure() throws {
    var configuration = configuration()
    configuration.isInsecure = true
    let server = try Server(configuration, log)
    #expect(try ConnectionFile(path: connectionPath) == ConnectionFile(address: server.address))
    #expect(log.lines.count == 1 && log.lines[0].contains(server.address))
  }

  @Test("A damaged keys.json changes nothing, and is complained of once")
  func damagedKeys() throws {
    let server = try Server(configuration(), log)
    let worker = try connect(connectionPath, as: .worker)
    #expect(try server.answer(to: worker, saying: "register") == "worker:default")
    try "nonsense".write(toFile: folder.file("keys.json"), atomically: false, encoding: .utf8)
    #expect(try server.serve { log.lines.contains { $0.contains("keys.json") } })
    #expect(try server.answer(to: worker, saying: "heartbeat") == "worker:default")
    let end = SystemTime().now
    for second in 1...5 { server.security.refresh(at: end + .seconds(second * 2)) }
    #expect(log.lines.count == 1)
  }

  @Test("Many refusals are counted, not each told")
  func floodOfRefusals() throws {
    let denials = DenialLog(log: log.logger)
    let start = Instant(nanoseconds: 0)
    for number in 0..<1000 {
      denials.add(Denial(reason: .otherProtocol, peer: "192.0.2.\(number)"), at: start)
    }
    #expect(log.lines.count == 5)
    denials.flush(at: start + .seconds(9))
    #expect(log.lines.count == 5)
    denials.flush(at: start + .seconds(10))
    #expect(log.lines.count == 6)
    #expect(log.lines.last?.contains("995") == true && log.lines.last?.contains("192.0.2.999") == true)
    denials.flush(at: start + .seconds(30))
    denials.add(Denial(reason: .wrongMechanism, peer: nil), at: start + .seconds(31))
    #expect(log.lines.count == 7)
  }
}
